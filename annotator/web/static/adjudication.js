// Deciding by keyboard: digits take over an annotator's answer, labels have their keys, Enter saves and goes on.

import { DecisionForm, isTyping } from "./labelling-form.js";
import { Help } from "./labelling-help.js";
import { Keys, isForeign, keyOf } from "./labelling-keys.js";
import { Sentence } from "./labelling-spans.js";
import { Targets } from "./labelling-targets.js";
import { _ } from "./words.js";

class Desk {
  constructor(main) {
    this.main = main;
    this.section = this.find("#decision");
    this.section.tabIndex = -1;
    this.isSent = false;
    this.keys = new Keys(JSON.parse(main.dataset.keys));
    this.keys.print(main);
    this.targets = new Targets(this.find("#targets"), { add: (name) => this.addTarget(name) });
    this.form = new DecisionForm(this.section, { touched: () => this.problem(""), targets: this.targets });
    const fieldsets = [...this.section.querySelectorAll("fieldset.spans")];
    this.sentence = new Sentence(this.find("[data-sentence]"), fieldsets, { touched: () => this.form.touch(), say: (words) => this.say(words) });
    this.help = new Help(this.find("[data-help]"), (path) => fetch(path));
    this.listen();
    this.light();
    this.section.focus({ preventScroll: true });
  }

  find(selector) {
    return this.main.querySelector(selector);
  }

  /** Bring the sentence a third down in the text beside it. */
  light() {
    const [pane, here] = [this.find("[data-text]"), this.find("[data-here]")];
    if (here) pane.scrollTop += here.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
  }

  listen() {
    document.addEventListener("keydown", (event) => this.keyed(event));
    document.addEventListener("mouseup", () => this.sentence.takeSelection());
    this.find("[data-form]").addEventListener("submit", (event) => this.submitted(event));
    // A page that comes back from the browser's memory can be sent again.
    addEventListener("pageshow", () => (this.isSent = false));
  }

  keyed(event) {
    if (isForeign(event) || document.querySelector("dialog[open]")) return;
    const key = keyOf(event);
    if (isTyping(event.target)) {
      this.keyedInField(event, key);
      return;
    }
    if (this.skipByKey(key)) event.preventDefault();
    else if (event.target.closest?.("button, a, summary") && (key === "Enter" || key === " ")) return;
    else if (this.sentence.isMarking && this.sentence.press(key, event.shiftKey)) event.preventDefault();
    else if (!event.repeat && this.run(key, event)) event.preventDefault();
  }

  keyedInField(event, key) {
    const isField = event.target.matches("input, textarea");
    if (key === "Escape") this.leaveForm();
    else if (key === "Enter" && event.target.matches("[data-new-target]")) this.form.takeTarget(event.target.closest("fieldset"));
    else if (key === "Enter" && event.target.matches("[data-reason]")) this.press('button[name="skip"][value="none"]');
    else if (key === "Enter" && isField && !event.shiftKey) this.save();
    else return;
    event.preventDefault();
  }

  /** Carry out what a key means, as the person has set it; true unless it means nothing here. */
  run(key, event) {
    const isInForm = Boolean(event.target.closest?.("[data-form] .question"));
    const commands = {
      save: () => this.save(),
      "next-target": () => this.form.step(event.shiftKey ? -1 : 1) || (!event.shiftKey && this.enterForm(event.target)),
      back: () => this.press("[data-back]"),
      undo: () => this.press("[data-undo-last] button"),
      skip: () => this.openSkip(),
      comment: () => this.find("[data-comment]").focus() ?? true,
      holder: () => this.say(_("Holder: {name}", { name: this.form.cycleHolder() ?? "–" })),
      "second-holder": () => this.form.addHolder(this.form.current) ?? true,
      "add-target": () => this.form.focusNewTarget(),
      words: () => this.sentence.start() ?? true,
      none: () => this.form.toggleNone() ?? true,
      guidelines: () => this.help.guidelines() && true,
    };
    // A digit that somebody has given a command is theirs; the buttons of the answers can still be pressed.
    const command = commands[this.keys.command(key)];
    if (command) return command() !== false;
    if (/^[1-9]$/.test(key) && !isInForm) return this.press(`[data-take="${key}"]`);
    if (key === "Escape") return this.leaveForm();
    if (key === "ArrowRight") return !isInForm && this.press("[data-next]");
    return key.length === 1 && key !== " " && this.form.press(key);
  }

  /** Press what is on the page; true if it is there. */
  press(selector) {
    const found = this.find(selector);
    found?.click();
    return Boolean(found);
  }

  save() {
    if (!this.form.hasAnswer()) return this.problem(_("Nothing is decided yet: take over an answer, choose labels, or skip."));
    this.find("[data-save]").click();
    return true;
  }

  /** From the sentence Tab leads into the form, also where no target is asked about. */
  enterForm(from) {
    const first = from === this.section && this.find("[data-form] .question input");
    first?.focus?.();
    return Boolean(first);
  }

  leaveForm() {
    this.closeSkip();
    this.section.focus({ preventScroll: true });
    return true;
  }

  submitted(event) {
    // A second Enter this soon would be the same decision again.
    if (this.isSent) event.preventDefault();
    this.isSent = true;
  }

  /* Skipping */

  openSkip() {
    const box = this.find("[data-skip-box]");
    box.open = true;
    box.querySelector("summary").focus({ preventScroll: true });
    return true;
  }

  closeSkip() {
    const box = this.find("[data-skip-box]");
    if (!box.open) return false;
    box.open = false;
    return true;
  }

  /** While the reasons are open their digits choose one, Enter skips without. */
  skipByKey(key) {
    const box = this.find("[data-skip-box]");
    if (!box.open) return false;
    if (key === "Escape") return this.leaveForm();
    if (key === "Enter" && document.activeElement?.matches("button[name=skip]")) return false;
    const wanted = key === "Enter" || key === this.keys.of("skip") ? box.querySelector('button[value="none"]') : box.querySelector(`button[data-digit="${CSS.escape(key)}"]`);
    wanted?.click();
    return Boolean(wanted);
  }

  async addTarget(name) {
    try {
      const token = document.querySelector('meta[name="csrf-token"]').content;
      const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
      const answer = await fetch(this.main.dataset.targetsUrl, { method: "POST", headers, body: JSON.stringify({ name }) });
      const added = await answer.json();
      if (answer.ok) return added;
      this.problem((added.problems ?? [added.error]).join(" "));
    } catch {
      this.problem(_("The target was not added: {reason}", { reason: _("the server cannot be reached") }));
    }
    return null;
  }

  say(words) {
    this.find("[data-live]").textContent = words;
    return true;
  }

  problem(words) {
    this.find("[data-problem]").textContent = words;
    return true;
  }
}

new Desk(document.querySelector("[data-adjudication]"));
