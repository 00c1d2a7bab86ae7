// What keys and buttons do on the labelling page: commands, the reasons for skipping, and the dialog of keys.

import { isTyping } from "./labelling-form.js";
import { Keys, KeysDialog, isForeign, keyOf } from "./labelling-keys.js";
import { _ } from "./words.js";

/** Commands that need no sentence on the screen. */
const ANYTIME = new Set(["undo", "back", "keys"]);

export class Commands {
  /** `desk` has the sentence at hand, and does what is asked. */
  constructor(desk) {
    this.desk = desk;
  }

  keyed(event) {
    if (isForeign(event) || document.querySelector("dialog[open]")) return;
    if (!this.desk.section) {
      const name = this.desk.keys.command(keyOf(event));
      if (ANYTIME.has(name)) this.run(name);
      return;
    }
    if (isTyping(event.target)) {
      this.keyedInField(event);
      return;
    }
    const key = keyOf(event);
    if (this.skipByKey(key)) event.preventDefault();
    else if (event.target.closest?.("button, a, summary") && (key === "Enter" || key === " ")) return;
    else if (this.desk.sentence.isMarking && this.desk.sentence.press(key, event.shiftKey)) event.preventDefault();
    else if (this.command(key, event) || (key.length === 1 && key !== " " && !event.repeat && this.desk.form.press(key))) event.preventDefault();
  }

  keyedInField(event) {
    const field = event.target;
    if (event.key === "Escape") {
      event.preventDefault();
      field.blur();
      this.closeSkip();
    } else if (event.key === "Enter" && field.matches("[data-new-target]")) {
      event.preventDefault();
      this.desk.form.takeTarget(field.closest("fieldset"));
    } else if (event.key === "Enter" && field.matches("[data-reason]")) {
      event.preventDefault();
      this.desk.skip("other");
    } else if (event.key === "Enter" && field.matches("input")) {
      event.preventDefault();
      field.blur();
      this.desk.form.setCurrent(this.desk.form.current, { focus: true });
    }
  }

  command(key, event) {
    const name = this.desk.keys.command(key);
    if (name === "next-target") return this.desk.form.step(event.shiftKey ? -1 : 1);
    if (!name && key === "ArrowLeft" && !event.target.matches?.("input")) return this.run("back");
    if (!name || (event.repeat && name !== "back")) return name === "save";
    return this.run(name);
  }

  /** Carry a command out; true unless it is nothing here. */
  run(name) {
    const commands = {
      save: () => this.desk.save(),
      skip: () => this.openSkip(),
      undo: () => this.desk.undo(),
      back: () => this.desk.back(),
      "add-target": () => this.desk.form.focusNewTarget(),
      holder: () => this.desk.say(_("Holder: {name}", { name: this.desk.form.cycleHolder() ?? "–" })),
      "second-holder": () => this.desk.form.addHolder(this.desk.form.current),
      words: () => this.desk.sentence.start(),
      none: () => this.desk.form.toggleNone(),
      comment: () => this.openComment(),
      flag: () => this.desk.find("[data-flag]").click(),
      guidelines: () => this.desk.help.guidelines(document.activeElement?.closest?.("[data-label]")?.dataset.label),
      keys: () => this.showKeys(),
    };
    commands[name]();
    return true;
  }

  openComment() {
    this.desk.find("[data-comment-box]").removeAttribute("data-empty");
    this.desk.find("[data-comment]").focus();
  }

  /* Skipping, with a reason */

  openSkip() {
    const box = this.desk.find("[data-skip-box]");
    box.open = true;
    // Not on a reason yet, for Enter there means that one.
    box.querySelector("summary").focus({ preventScroll: true });
    // The sentence stays where it is, unless the window is too low for the reasons.
    const reasons = box.querySelector(".skip-reasons");
    const { top, bottom } = reasons.getBoundingClientRect();
    if (top < 0 || bottom > innerHeight) reasons.scrollIntoView({ block: "nearest" });
  }

  closeSkip() {
    const box = this.desk.find("[data-skip-box]");
    if (!box?.open) return false;
    box.open = false;
    this.desk.section.focus({ preventScroll: true });
    return true;
  }

  /** While the reasons are open their digits choose one, Enter skips without. */
  skipByKey(key) {
    const box = this.desk.find("[data-skip-box]");
    if (!box?.open) return false;
    if (key === "Escape") return this.closeSkip();
    const button = box.querySelector(`button[data-digit="${CSS.escape(key)}"]`);
    if (key === "Enter" && document.activeElement?.matches("button[name=skip]")) return false;
    if (button) this.desk.skip(button.value);
    else if (key === "Enter" || key === this.desk.keys.of("skip")) this.desk.skip("none");
    else return false;
    return true;
  }

  /* Keys */

  showKeys() {
    const inputs = [...(this.desk.section?.querySelectorAll("[data-label] input[data-key]") ?? [])];
    const labels = new Map(inputs.map((input) => [input.closest("[data-label]").dataset.label, input]));
    const rows = [...labels].map(([name, input]) => [name, input.dataset.key, input.closest("label").querySelector("span").textContent]);
    new KeysDialog(this.desk.keys, rows, { save: (own) => this.saveKeys(own) });
  }

  async saveKeys(own) {
    try {
      const answer = await this.desk.sender.fetch("/preferences", own);
      const said = await answer.json();
      if (!answer.ok) return said.problems ?? [said.error];
    } catch {
      return [_("The keys cannot be stored just now.")];
    }
    this.desk.isLeaving = !this.desk.form.isTouched;
    this.desk.keys = new Keys(own);
    if (this.desk.isLeaving) this.desk.leaveFor(this.desk.unit);
    return [];
  }
}
