// Which key does what: the page's commands, the labels' keys, and both as a person has changed them.

import { element } from "./elements.js";
import { _ } from "./words.js";

/** Commands in the order in which they are listed; those of one character can be given another. */
export const COMMANDS = [
  ["save", "Enter", _("save and go on")],
  ["next-target", "Tab", _("next target")],
  ["add-target", "t", _("add a target")],
  ["holder", "h", _("change the holder")],
  ["second-holder", "H", _("second holder for the target")],
  ["words", "w", _("mark words; then arrows, Enter")],
  ["none", "-", _("no target is at issue")],
  ["skip", "s", _("skip, with a reason")],
  ["undo", "u", _("take the last one back")],
  ["back", "Backspace", _("look at the one before")],
  ["comment", "c", _("comment")],
  ["flag", "!", _("flag")],
  ["guidelines", "g", _("guidelines")],
  ["keys", "?", _("all keys")],
];

/** How the keys that have names are printed. */
const PRINTED = { Enter: "↵", Tab: _("Tab"), Backspace: "⌫" };

/** The character of a key, whatever the layout: on keyboards without Latin letters the letter printed beside it. */
export function keyOf(event) {
  if (event.key.length !== 1) return event.key;
  if (event.key.charCodeAt(0) > 127 && /^Key[A-Z]$/.test(event.code)) return cased(event.code[3], event.shiftKey);
  return /^[a-z]$/i.test(event.key) ? cased(event.key, event.shiftKey) : event.key;
}

/** Caps Lock must not turn one command into another: the shift key alone decides. */
function cased(letter, isShift) {
  return isShift ? letter.toUpperCase() : letter.toLowerCase();
}

/** Whether a key press is meant for somebody else: the browser, the system, or an input method. */
export function isForeign(event) {
  // AltGr brings characters such as ! or ? on some layouts, and says Ctrl and Alt together.
  const isAltGraph = event.getModifierState?.("AltGraph");
  return event.defaultPrevented || event.isComposing || event.metaKey || ((event.ctrlKey || event.altKey) && !isAltGraph);
}

export class Keys {
  /** `own` is what the person changed: {commands: {name: key}, labels: {"question:label": key}}. */
  constructor(own) {
    this.commands = { ...own.commands };
    this.labels = { ...own.labels };
  }

  of(command) {
    return this.commands[command] ?? COMMANDS.find(([name]) => name === command)[1];
  }

  command(key) {
    const name = COMMANDS.find(([command]) => this.of(command) === key)?.[0];
    return name ?? null;
  }

  /** Print the keys on the controls of a section; labels and commands carry their own names. */
  print(root) {
    for (const pattern of root.querySelectorAll("template")) this.print(pattern.content);
    for (const input of root.querySelectorAll("input[data-key]")) {
      const label = input.closest("[data-label]");
      const key = label && this.labels[label.dataset.label];
      if (key === undefined || key === null) continue;
      input.dataset.key = key;
      const printed = label.querySelector("kbd");
      if (printed) printed.textContent = key;
    }
    for (const printed of root.querySelectorAll("kbd[data-command]")) {
      const own = this.commands[printed.dataset.command];
      if (own) printed.textContent = own;
    }
  }
}

/** The dialog that lists all keys and lets them be changed. */
export class KeysDialog {
  /** `labels` are [name, key, words]; `save(own)` sends the person's keys and returns the problems, if any. */
  constructor(keys, labels, { save }) {
    this.keys = keys;
    this.labels = labels;
    this.save = save;
    this.own = { commands: { ...keys.commands }, labels: { ...keys.labels } };
    this.build();
  }

  build() {
    this.said = element("p", { className: "small muted", role: "status" }, _("Choose a key to change it, then press the new one."));
    const list = element("dl", {}, ...this.rows());
    const reset = element("button", { type: "button", className: "plain" }, _("As they were made"));
    reset.addEventListener("click", () => this.store({ commands: {}, labels: {} }));
    const close = element("button", { type: "button", className: "secondary" }, _("Close"));
    close.addEventListener("click", () => this.dialog.close());
    const title = element("h2", { id: "keys-title" }, _("Keys"));
    this.dialog = element("dialog", { className: "keys" }, title, this.said, list, element("div", { className: "actions" }, close, reset));
    this.dialog.setAttribute("aria-labelledby", "keys-title");
    this.dialog.addEventListener("close", () => this.dialog.remove());
    this.dialog.addEventListener("keydown", (event) => this.keyed(event));
    document.body.append(this.dialog);
    this.dialog.showModal();
    close.focus({ preventScroll: true });
    this.dialog.scrollTop = 0;
  }

  rows() {
    const commands = COMMANDS.map(([name, , words]) => ["commands", name, this.keys.of(name), words]);
    const labels = this.labels.map(([name, key, words]) => ["labels", name, key, words]);
    return [...commands, ...labels].flatMap(([kind, name, key, words]) => {
      const isFixed = kind === "commands" && COMMANDS.find(([command]) => command === name)[1].length > 1;
      const printed = element("kbd", {}, PRINTED[key] ?? (key || "·"));
      const term = element("dt", {});
      if (isFixed) term.append(printed);
      else {
        const button = element("button", { type: "button", className: "key", title: _("Change this key") }, printed);
        button.setAttribute("aria-label", _("Key {key} for {words}: change", { key: key || "–", words }));
        button.addEventListener("click", () => this.listen(kind, name, words, button));
        term.append(button);
      }
      return [term, element("dd", {}, words)];
    });
  }

  listen(kind, name, words, button) {
    this.dialog.querySelector(".listening")?.classList.remove("listening");
    button.classList.add("listening");
    this.asked = { kind, name };
    this.said.textContent = _("Press the new key for “{words}”, or Escape.", { words });
  }

  keyed(event) {
    if (!this.asked || isForeign(event) || ["Shift", "Tab", "AltGraph", "CapsLock"].includes(event.key)) return;
    event.preventDefault();
    const { kind, name } = this.asked;
    this.asked = null;
    this.dialog.querySelector(".listening")?.classList.remove("listening");
    if (event.key === "Escape") {
      this.said.textContent = _("Nothing was changed.");
      return;
    }
    const own = { commands: { ...this.own.commands }, labels: { ...this.own.labels } };
    own[kind][name] = keyOf(event);
    this.store(own);
  }

  async store(own) {
    const problems = await this.save(own);
    if (problems.length) {
      this.said.textContent = problems.join(" ");
      return;
    }
    this.own = own;
    this.dialog.close();
  }
}
