// The form about one sentence: rows of targets, labels by key, holders, and what counts as answered.

import { ghostRow, newRow } from "./labelling-targets.js";
import { showFrameValues } from "./labelling-frames.js";

const FIELD_TYPES = new Set(["text", "search", "number", "email", "url", "password"]);

/** Whether keys pressed here are text and not commands. */
export function isTyping(element) {
  if (!(element instanceof HTMLElement)) return false;
  if (element.matches("textarea, select") || element.isContentEditable) return true;
  return element.matches("input") && FIELD_TYPES.has(element.type);
}

export class DecisionForm {
  /** `touched(isAnswer)` is called after every change; `targets` are those of the project. */
  constructor(section, { touched, targets }) {
    this.section = section;
    this.form = section.querySelector("[data-form]");
    this.touched = touched;
    this.targets = targets;
    this.isTouched = false;
    this.picked = new Map();
    this.current = null;
    this.prepare();
    this.listen();
  }

  prepare() {
    // The text fields for marked words are for pages without a script; sent along they would win.
    for (const field of this.section.querySelectorAll("[data-words], [data-new-target]")) field.removeAttribute("name");
    for (const radio of this.section.querySelectorAll("input[type=radio]:checked")) this.picked.set(radio.name, radio);
    this.rows().forEach((row) => this.prepareRow(row));
    this.showHolderName();
    this.setCurrent(this.openRow() ?? this.rows()[0] ?? null);
  }

  prepareRow(row) {
    const select = row.querySelector("[data-row-holder]");
    if (select.options.length < 2) {
      for (const radio of this.section.querySelectorAll("input[name=holder]")) {
        select.add(new Option(radio.nextElementSibling.textContent, radio.value));
      }
    }
    this.showRowHolderName(row);
  }

  listen() {
    this.form.addEventListener("click", (event) => this.clicked(event));
    this.form.addEventListener("change", (event) => this.changed(event.target));
    this.form.addEventListener("input", (event) => isTyping(event.target) && this.touch());
    this.form.addEventListener("focusin", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) this.setCurrent(row);
    });
  }

  rows() {
    return [...this.section.querySelectorAll("[data-row]")];
  }

  setCurrent(row, { focus = false } = {}) {
    this.current?.classList.remove("current");
    this.current = row;
    row?.classList.add("current");
    if (focus && row) (row.querySelector("input:checked") ?? row.querySelector("input[type=radio]")).focus();
  }

  /** The first row without an answer, after the one at hand if there is one. */
  openRow() {
    const rows = this.rows();
    const after = rows.indexOf(this.current);
    const isOpen = (row) => !row.querySelector("input[type=radio]:checked");
    return rows.slice(after + 1).find(isOpen) ?? rows.slice(0, after + 1).find(isOpen) ?? null;
  }

  /** Move to the next or previous row; false when there is none. */
  step(by) {
    const rows = this.rows();
    const active = document.activeElement;
    const inRows = active?.closest?.("[data-row]");
    // From any other place Tab goes on as everywhere, or nothing but the rows would ever be reached.
    if (!inRows && active && active !== document.body && active !== this.section) return false;
    const at = inRows ? rows.indexOf(this.current) + by : by > 0 ? 0 : -1;
    if (!rows[at]) return false;
    this.setCurrent(rows[at], { focus: true });
    return true;
  }

  /** Give the label of a key; stances go to the row at hand. */
  press(key) {
    const found = [...this.section.querySelectorAll("[data-key]")].filter((input) => input.dataset.key === key);
    const input = found.find((one) => !one.closest("[data-row]") || one.closest("[data-row]") === this.current) ?? found[0];
    if (!input) return this.pressGhost(key);
    input.click();
    this.goOn(input);
    return true;
  }

  /** After a key the focus goes to what is still open. */
  goOn(input) {
    const row = input.closest("[data-row]");
    if (row && !input.checked) return;
    const open = row ? this.openRow() : null;
    if (open) {
      this.setCurrent(open, { focus: true });
      return;
    }
    const question = [...this.section.querySelectorAll("fieldset.question")].find((one) => !this.isAnswered(one));
    const next = question?.querySelector(".options input") ?? input;
    next.focus();
  }

  clicked(event) {
    const input = event.target;
    if (input.matches?.("input[type=radio]") && input.name !== "holder") {
      // A label that is picked already is taken back.
      if (this.picked.get(input.name) === input) {
        input.checked = false;
        this.picked.delete(input.name);
        this.changed(input);
      } else if (input.checked) {
        this.picked.set(input.name, input);
      }
    }
    const more = event.target.closest?.("[data-more]");
    if (more) {
      event.preventDefault();
      this.addHolder(more.closest("[data-row]"));
    }
    const ghost = event.target.closest?.("[data-ghost-key]");
    if (ghost) this.takeGhost(ghost);
    if (event.target.closest?.("[data-add-target]")) {
      event.preventDefault();
      this.takeTarget(event.target.closest("fieldset"));
    }
  }

  changed(input) {
    if (input.matches("[data-row-holder]")) this.showRowHolderName(input.closest("[data-row]"));
    if (input.name === "holder") this.showHolderName();
    const question = input.closest("fieldset.question");
    const isAnswer = question && input.checked && input.name !== "holder";
    if (isAnswer) this.exclude(question, input);
    if (question) showFrameValues(question);
    this.touch({ isAnswer });
  }

  /** Labels that exclude the others, and none, take back what they contradict. */
  exclude(question, input) {
    const isAlone = (other) => other.hasAttribute("data-none") || other.hasAttribute("data-exclusive");
    for (const other of question.querySelectorAll("input:checked")) {
      const contradicts = other !== input && other.name !== "holder" && (isAlone(input) || isAlone(other));
      if (contradicts) {
        other.checked = false;
        this.picked.delete(other.name);
      }
    }
    if (input.hasAttribute("data-none")) question.dispatchEvent(new CustomEvent("none"));
  }

  touch({ isAnswer = false } = {}) {
    this.isTouched = true;
    this.touched(isAnswer);
  }

  /* Holders */

  showHolderName() {
    const name = this.section.querySelector("[data-holder-name]");
    if (name) name.hidden = this.section.querySelector("input[name=holder]:checked")?.value !== "reported";
  }

  showRowHolderName(row) {
    const select = row.querySelector("[data-row-holder]");
    row.querySelector("[data-row-holder-name]").hidden = select.value !== "reported";
  }

  /** The next holder: of the row at hand where it has its own, else of the whole sentence. */
  cycleHolder() {
    const own = this.current?.querySelector(".row-holder:not([data-unset]) select");
    if (own) {
      own.selectedIndex = (own.selectedIndex + 1) % own.options.length;
      own.dispatchEvent(new Event("change", { bubbles: true }));
      return own.selectedOptions[0].text;
    }
    const radios = [...this.section.querySelectorAll("input[name=holder]")];
    if (!radios.length) return null;
    const next = radios[(radios.findIndex((radio) => radio.checked) + 1) % radios.length];
    next.checked = true;
    next.dispatchEvent(new Event("change", { bubbles: true }));
    return next.nextElementSibling.textContent;
  }

  /** A second row for the same target: another holder's stance. */
  addHolder(row) {
    if (!row) return;
    const copy = row.cloneNode(true);
    const field = row.closest("fieldset").dataset.field;
    const index = this.nextIndex(field);
    for (const input of copy.querySelectorAll("[name]")) {
      input.name = input.name.replace(/-\d+-/, `-${index}-`);
      if (input.type === "radio") input.checked = false;
    }
    copy.classList.remove("current");
    copy.querySelectorAll(".suggested").forEach((one) => one.classList.remove("suggested"));
    for (const output of copy.querySelectorAll("output")) {
      output.replaceChildren();
      for (const said of ["aria-label", "title"]) output.removeAttribute(said);
    }
    copy.querySelector(".row-holder").removeAttribute("data-unset");
    const same = this.rows().filter((one) => one.dataset.target === row.dataset.target);
    same.at(-1).after(copy);
    this.chooseOtherHolder(copy, same);
    this.prepareRow(copy);
    this.setCurrent(copy, { focus: true });
    this.touch();
  }

  chooseOtherHolder(copy, same) {
    const unit = this.section.querySelector("input[name=holder]:checked")?.value;
    const taken = new Set(same.map((row) => row.querySelector("[data-row-holder]").value || unit));
    const select = copy.querySelector("[data-row-holder]");
    const free = [...select.options].find((option) => option.value && !taken.has(option.value));
    if (free) select.value = free.value;
  }

  nextIndex(field) {
    const given = [...this.form.querySelectorAll(`[name^="${field}-"][name$="-target"]`)];
    return Math.max(-1, ...given.map((input) => Number(input.name.split("-")[1]))) + 1;
  }

  /* Targets */

  focusNewTarget() {
    const question = this.current?.closest("fieldset") ?? this.section.querySelector("fieldset.stance");
    const field = question?.querySelector("[data-new-target]");
    field?.focus();
    return Boolean(field);
  }

  async takeTarget(question) {
    const field = question.querySelector("[data-new-target]");
    const name = field.value.trim().replace(/\s+/g, " ");
    const target = name && (await this.targets.findOrAdd(name));
    if (!target) return;
    field.value = "";
    this.setCurrent(this.rowOf(question, target), { focus: true });
    this.touch();
  }

  /** The row of a target; one that is missing is added to every question about stances. */
  rowOf(question, target) {
    const questions = [...this.section.querySelectorAll("fieldset.stance")];
    const index = Math.max(...questions.map((one) => this.nextIndex(one.dataset.field)));
    for (const one of questions) {
      one.querySelector("[data-ghost]")?.remove();
      if (this.rowIn(one, target)) continue;
      const row = newRow(one, target, index);
      one.querySelector("[data-rows]").append(row);
      this.prepareRow(row);
    }
    return this.rowIn(question, target);
  }

  rowIn(question, { uuid }) {
    return [...question.querySelectorAll("[data-row]")].find((row) => row.dataset.target === uuid);
  }

  /** Offer the last target of this text where the sentence names none. */
  offerLast(target) {
    for (const question of this.section.querySelectorAll("fieldset.stance")) {
      question.querySelector("[data-ghost]")?.remove();
      if (target && !question.querySelector("[data-row]")) question.querySelector("[data-rows]").append(ghostRow(question, target));
    }
    this.last = target;
  }

  pressGhost(key) {
    const button = [...this.section.querySelectorAll("[data-ghost-key]")].find((one) => one.dataset.ghostKey === key);
    if (button) this.takeGhost(button);
    return Boolean(button);
  }

  takeGhost(button) {
    const row = this.rowOf(button.closest("fieldset"), this.last);
    this.setCurrent(row);
    const input = row.querySelector(`input[value="${CSS.escape(button.value)}"]`);
    input.click();
    this.goOn(input);
  }

  /** The row of the last stance that was given. */
  lastAnswered() {
    return this.rows().findLast((row) => row.querySelector("input[type=radio]:checked"));
  }

  /* What is answered */

  isAnswered(question) {
    if (question.querySelector("input:not([name=holder]):checked")) return true;
    const spans = question.querySelector("[data-spans]");
    return Boolean(spans) && spans.value !== "[]";
  }

  get isRevision() {
    return this.section.querySelector("[name=supersedes]").value !== "";
  }

  /** Whether every required question is answered, a stance toward each target; where none is required, each but spans. */
  isComplete() {
    const questions = [...this.section.querySelectorAll("fieldset.question")];
    const required = questions.filter((question) => question.hasAttribute("data-required"));
    const wanted = required.length ? required : questions.filter((question) => question.dataset.type !== "spans");
    return wanted.every((question) => this.isAnswered(question) && (this.saysNone(question) || !this.hasOpenRow(question)));
  }

  saysNone(question) {
    return Boolean(question.querySelector("[data-none]:checked"));
  }

  hasOpenRow(question) {
    return [...question.querySelectorAll("[data-row]")].some((row) => !row.querySelector("input[type=radio]:checked"));
  }

  /** Say of the stance at hand that no target is at issue, or take that back. */
  toggleNone() {
    const question = this.current?.closest("fieldset") ?? this.section.querySelector("fieldset.stance");
    const none = question?.querySelector("[data-none]");
    if (!none) return;
    none.click();
    this.goOn(none);
  }

  hasAnswer() {
    return [...this.section.querySelectorAll("fieldset.question")].some((question) => this.isAnswered(question));
  }

  /** Labels given to a question (toward a target): ids. */
  given(question, target) {
    const field = this.section.querySelector(`fieldset[data-question="${CSS.escape(question)}"]`);
    if (!field) return [];
    const scope = target ? field.querySelectorAll(`[data-row][data-target="${CSS.escape(target)}"] input:checked`) : field.querySelectorAll(".options input:checked");
    return [...scope].filter((input) => !input.hasAttribute("data-none")).map((input) => input.value);
  }

  /** Every field as it is: the server reads it with the same form as a page without a script. */
  fields(extra = {}) {
    const left = new Set(["csrf_token", "key", "act", ...Object.keys(extra)]);
    const pairs = [...new FormData(this.form)].filter(([name, value]) => !left.has(name) && typeof value === "string");
    return [...pairs, ...Object.entries(extra).map(([name, value]) => [name, String(value)])];
  }
}
