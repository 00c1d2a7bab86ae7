// The labelling page: keys, saving, going on. Each part has a module of its own; this one puts them together.

import { DecisionForm, isTyping, parse } from "./labelling-form.js";
import { Clock, Saver, newKey } from "./labelling-saving.js";
import { Sentence } from "./labelling-spans.js";
import { Advice, chosen, disagreements, record } from "./labelling-suggestions.js";

const POLL = 1500;
const SUGGESTIONS_WAIT = 600;
const COMMANDS = [
  ["Enter", "save and go on"],
  ["Tab", "next target"],
  ["t", "add a target"],
  ["h", "change the holder"],
  ["H", "second holder for the target"],
  ["w", "mark words; then arrows, Enter"],
  ["-", "no target is at issue"],
  ["s", "skip"],
  ["u", "take the last one back"],
  ["Backspace", "look at the one before"],
  ["c", "comment"],
  ["!", "flag"],
  ["?", "all keys"],
];

class Desk {
  constructor(main) {
    this.main = main;
    this.text = main.querySelector("[data-text]");
    this.middle = main.querySelector("[data-middle]");
    this.labelUrl = main.dataset.labelUrl;
    this.clock = new Clock();
    this.saver = new Saver({ labelUrl: this.labelUrl, person: main.dataset.person, report: (state, words) => this.report(state, words) });
    this.advice = new Advice(main.querySelector("[data-advice]"), { tint: (reasons, label) => this.sentence?.tint(reasons, label) });
    this.undoable = main.dataset.lastKey ? [{ unit: main.dataset.lastUnit, key: main.dataset.lastKey }] : [];
    this.visited = [];
    this.drafts = new Map();
    this.paces = [];
    main.querySelector("[data-undo-last]")?.remove();
    this.open(main.querySelector("#decision"));
    history.replaceState({ unit: this.unit }, "");
    this.light({ isFirst: true });
    this.countText();
    this.listen();
  }

  find(selector) {
    return this.main.querySelector(selector);
  }

  /* One sentence */

  open(section) {
    this.section = section;
    this.unit = section.dataset.unit;
    this.document = section.dataset.document;
    this.actKey = newKey();
    this.first = null;
    this.shown = null;
    this.answer = null;
    this.advice.clear();
    if (!section.desk) {
      const form = new DecisionForm(section, { touched: () => this.touched(), addTarget: (name, index) => this.addTarget(name, index) });
      const fieldsets = [...section.querySelectorAll("fieldset.spans")];
      const sentence = new Sentence(section.querySelector("[data-sentence]"), fieldsets, { touched: () => form.touch(), say: (words) => this.say(words) });
      section.desk = { form, sentence };
    }
    this.form = section.desk.form;
    this.sentence = section.desk.sentence;
    this.find("[data-silent-note]").textContent = section.dataset.timing === "never" ? "" : (section.dataset.silent ?? "");
    this.clock.restart();
    this.whenShown(() => this.askForSuggestions());
  }

  whenShown(callback) {
    requestAnimationFrame(() => setTimeout(callback, 0));
  }

  touched() {
    this.find("[data-problem]").textContent = "";
    if (this.saver.isBusy) return;
    if (this.find("[data-save-state]").dataset.state === "refused") this.report("open", "not saved yet");
  }

  /** Put the next sentence on the screen. */
  async show(next, { isBack = false, push = true } = {}) {
    if (this.section.dataset.codebook !== String(next.codebook)) {
      this.isLeaving = true;
      location.assign(`${this.labelUrl}/${next.unit.split("/").map(encodeURIComponent).join("/")}`);
      return;
    }
    if (this.form.isTouched && this.section.isConnected && !this.section.saved) this.drafts.set(this.unit, this.section);
    if (!isBack) this.visited.push(this.unit);
    const section = this.drafts.get(next.unit) ?? parse(next.html)[0];
    this.drafts.delete(next.unit);
    this.section.replaceWith(section);
    // Not on the link or button that led here: Enter would follow it again.
    section.tabIndex = -1;
    section.focus({ preventScroll: true });
    this.open(section);
    this.middle.scrollTop = 0;
    if (push) history.pushState({ unit: this.unit }, "", section.dataset.url);
    if (matchMedia("(max-width: 900px)").matches) scrollTo(0, 0);
    await this.light();
  }

  async go(unit, options) {
    if (unit === this.unit || this.saver.isBusy) return;
    try {
      const answer = await this.saver.fetch(this.pathOf(unit));
      if (!answer.ok) throw new Error(String(answer.status));
      await this.show((await answer.json()).next, options);
      this.say(this.section.getAttribute("aria-label"));
    } catch (error) {
      this.problem(`This sentence cannot be fetched just now (${error.message}).`);
    }
  }

  pathOf(unit) {
    return `/${unit.split("/").map(encodeURIComponent).join("/")}`;
  }

  back() {
    const unit = this.visited.pop() ?? this.previousInText();
    if (unit) this.go(unit, { isBack: true });
  }

  previousInText() {
    const links = [...this.text.querySelectorAll("[data-go]")];
    const at = links.findIndex((link) => link.dataset.go === this.unit);
    return links[at - 1]?.dataset.go;
  }

  /* Saving */

  problem(words) {
    this.find("[data-problem]").textContent = words;
  }

  async save(act = "answer") {
    if (this.saver.isBusy || this.isThinking) return;
    if (act === "answer") {
      if (!this.form.hasAnswer()) {
        this.problem("Nothing is answered yet. Give at least one answer, say none, or skip with s.");
        return;
      }
      if (!(await this.isSettled())) return;
    }
    const seconds = this.clock.seconds();
    const extra = { act, key: this.actKey, active_seconds: seconds, client_at: new Date().toISOString() };
    if (this.shown) extra.shown = JSON.stringify(this.shown);
    const sent = { unit: this.unit, fields: this.form.fields(extra) };
    if (act === "answer" && this.first) sent.first = this.first;
    const answer = await this.exchange({ acts: [sent], document: this.document });
    if (!answer) return;
    this.section.saved = true;
    this.undoable.push({ unit: sent.unit, key: answer.results[0].key });
    this.keepPace(seconds);
    await this.takeUp(answer, act === "skip" ? "Skipped." : "Saved.");
  }

  async undo() {
    const last = this.undoable.at(-1);
    if (this.saver.isBusy) return;
    if (!last) {
      this.say("There is nothing to take back.");
      return;
    }
    const fields = [
      ["act", "undo"],
      ["key", newKey()],
      ["supersedes", last.key],
      ["codebook", this.section.dataset.codebook],
      ["client_at", new Date().toISOString()],
    ];
    const answer = await this.exchange({ acts: [{ unit: last.unit, fields }] });
    if (!answer) return;
    this.undoable.pop();
    if (!this.undoable.length && answer.last) this.undoable.push(answer.last);
    this.drafts.delete(last.unit);
    await this.takeUp(answer, "Taken back.");
  }

  async exchange(body) {
    this.section.setAttribute("aria-busy", "true");
    const answer = await this.saver.send(body);
    this.section.removeAttribute("aria-busy");
    return answer;
  }

  async takeUp(answer, said) {
    for (const result of answer.results) this.markSentence(result);
    if (answer.training) this.watchTraining();
    const { done, total } = answer.progress;
    const bar = document.querySelector("[data-progress]");
    bar.max = Math.max(total, 1);
    bar.value = done;
    document.querySelector("[data-progress-words]").textContent = `${done.toLocaleString("en")} / ${total.toLocaleString("en")}`;
    if (answer.next === null) {
      this.finish(answer.finished);
      return;
    }
    if (answer.next.unit === this.unit) this.form.isTouched = false;
    await this.show(answer.next, { isBack: answer.results.some((result) => result.unit === answer.next.unit) });
    this.say(`${said} ${this.section.getAttribute("aria-label")}`);
  }

  finish(html) {
    this.isLeaving = true;
    this.section.replaceWith(...parse(html));
    this.section = null;
  }

  report(state, words) {
    const place = this.find("[data-save-state]");
    place.dataset.state = state;
    place.textContent = words;
    if (state === "signed-out") {
      const link = Object.assign(document.createElement("a"), { href: this.main.dataset.signInUrl, target: "_blank", textContent: "sign in again" });
      place.append(" – ", link);
    }
    if (state === "waiting" || state === "signed-out") {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: "try now" });
      button.addEventListener("click", () => this.saver.wake?.());
      place.append(" ", button);
    }
    if (state === "refused") this.problem(words);
  }

  keepPace(seconds) {
    this.paces.push(seconds);
    const sorted = [...this.paces].sort((one, other) => one - other);
    this.find("[data-pace]").textContent = `median ${sorted[Math.floor(sorted.length / 2)].toFixed(1)} s a sentence`;
  }

  say(words) {
    this.find("[data-live]").textContent = words;
  }

  async addTarget(name, index) {
    try {
      const answer = await this.saver.fetch("/targets", { name, index, kind: this.section.dataset.kind });
      const added = await answer.json();
      if (!answer.ok) throw new Error((added.problems ?? [added.error]).join(" "));
      const list = this.find("#targets");
      if (![...list.options].some((option) => option.value === added.name)) list.append(new Option(added.name, added.name));
      return added;
    } catch (error) {
      this.problem(`The target was not added: ${error.message}`);
      return null;
    }
  }

  /* Suggestions */

  async askForSuggestions() {
    if (!this.section || this.section.dataset.timing === "never" || this.section.dataset.silent) return;
    const unit = this.unit;
    this.asking = this.saver.fetch(`${this.pathOf(unit)}/suggestions`).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    const answer = await this.asking;
    if (!answer || unit !== this.unit) return;
    this.answer = answer;
    const found = chosen(answer);
    if (answer.questions.length === 0 && !answer.silent) this.askStatus();
    if (answer.timing !== "before" || this.first) return;
    if (found.length) this.display(answer, found, "Suggested:");
    else if (answer.questions.length) this.advice.showNothing();
  }

  display(answer, suggestions, heading) {
    this.advice.show(this.form, suggestions, { heading, classifiers: answer.classifiers });
    this.shown = record(answer, suggestions);
  }

  /** Where suggestions come after the answer: show what the classifier sees otherwise, once, to think again. */
  async isSettled() {
    if (this.section.dataset.timing !== "after" || this.section.dataset.silent || this.first) return true;
    if (!this.answer && this.asking) {
      this.isThinking = true;
      await Promise.race([this.asking, new Promise((resolve) => setTimeout(resolve, SUGGESTIONS_WAIT))]);
      this.isThinking = false;
    }
    const others = this.answer ? disagreements(this.answer, this.form) : [];
    if (!others.length) return true;
    this.first = this.form.fields();
    this.display(this.answer, others, "The classifier says:");
    this.problem("The classifier sees it differently. Change your answer, or press Enter again to keep it.");
    return false;
  }

  async askStatus() {
    const now = performance.now();
    if (this.isWatching || now - (this.askedStatusAt ?? -Infinity) < 2000) return;
    this.askedStatusAt = now;
    const status = await this.status();
    if (!status) return;
    if (status.job && ["queued", "running"].includes(status.job.state)) this.watchTraining();
    else if (!this.shown) this.advice.showMissing({ ...status, problem: this.answer?.problem });
  }

  async status() {
    try {
      const answer = await this.saver.fetch("/status");
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  /** Follow a training until it is done; then suggestions appear without a reload. */
  async watchTraining() {
    if (this.isWatching || this.section?.dataset.timing === "never") return;
    this.isWatching = true;
    for (;;) {
      const status = await this.status();
      const isOn = status?.job && ["queued", "running"].includes(status.job.state);
      if (status && !this.shown && this.section) this.advice.showMissing(status);
      if (status && !isOn) break;
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
    this.isWatching = false;
    if (this.section && !this.shown && !this.first) await this.askForSuggestions();
  }

  /* The text in view */

  async light({ isFirst = false } = {}) {
    this.text.querySelector("[aria-current]")?.removeAttribute("aria-current");
    let link = this.linkOf(this.unit);
    const isMissing = !link && this.section.dataset.kind === "sentence";
    if (isMissing || this.text.dataset.document !== this.document) {
      await this.fetchText();
      link = this.linkOf(this.unit);
    }
    if (!link) return;
    link.setAttribute("aria-current", "true");
    this.scrollTo(link, isFirst);
    this.countText();
  }

  linkOf(unit) {
    return this.text.querySelector(`[data-go="${CSS.escape(unit)}"]`);
  }

  async fetchText() {
    const unit = this.unit;
    try {
      const answer = await this.saver.fetch(`${this.pathOf(unit)}/text`);
      if (!answer.ok || unit !== this.unit) return;
      this.text.replaceChildren(...parse(await answer.text()));
      this.text.dataset.document = this.document;
    } catch {
      this.say("The text around the sentence cannot be fetched just now.");
    }
  }

  /** The sentence stands at the same height each time, a third down. */
  scrollTo(link, isFirst) {
    const pane = this.text;
    const top = link.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop - pane.clientHeight / 3;
    const isCalm = isFirst || matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(top - pane.scrollTop) > pane.clientHeight;
    pane.scrollTo({ top, behavior: isCalm ? "instant" : "smooth" });
  }

  markSentence({ unit, chips }) {
    const link = this.linkOf(unit);
    if (!link) return;
    link.classList.toggle("done", chips !== "");
    link.classList.remove("settled");
    link.nextElementSibling.replaceChildren(...parse(chips));
  }

  countText() {
    const done = this.text.querySelectorAll("[data-go].done").length;
    const of = Number(this.section.dataset.of);
    const isWhole = this.text.querySelectorAll("[data-go]").length === of;
    const words = isWhole ? `${done} / ${of} sentences done` : `sentence ${this.section.dataset.position} of ${of}`;
    document.querySelector("[data-progress-document]").textContent = `This text: ${words}`;
    this.countStances();
  }

  countStances() {
    const counts = new Map();
    for (const mark of this.text.querySelectorAll("[data-go].done:not(.settled) + .marks [data-target-name]")) {
      const { targetName, labelName, label } = mark.dataset;
      if (!counts.has(targetName)) counts.set(targetName, new Map());
      const labels = counts.get(targetName);
      labels.set(label, { name: labelName, count: (labels.get(label)?.count ?? 0) + 1 });
    }
    const list = this.find("[data-earlier] dl");
    list.replaceChildren(...[...counts].flatMap(([target, labels]) => this.countLine(target, labels)));
    this.find("[data-earlier]").hidden = counts.size === 0;
  }

  countLine(target, labels) {
    const term = Object.assign(document.createElement("dt"), { textContent: target, dir: "auto" });
    const definition = document.createElement("dd");
    for (const [label, { name, count }] of labels) {
      const chip = Object.assign(document.createElement("span"), { className: "mark", textContent: `${name} ${count}` });
      chip.dataset.label = label;
      definition.append(chip, " ");
    }
    return [term, definition];
  }

  openComment() {
    this.find("[data-comment-box]").removeAttribute("data-empty");
    this.find("[data-comment]").focus();
  }

  /* Help */

  /** What the labels mean: fetched when first needed, then kept by the page and the browser. */
  meanings() {
    const place = this.find("[data-definitions]");
    this.fetchedMeanings ??= fetch(place.dataset.url)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)))))
      .then((html) => {
        const sections = new DOMParser().parseFromString(html, "text/html").querySelectorAll(".meanings");
        for (const section of sections) section.classList.remove("card");
        place.replaceChildren(place.querySelector("summary"), ...sections);
      })
      .catch(() => {
        this.fetchedMeanings = null;
      });
    return this.fetchedMeanings;
  }

  async define(label) {
    this.defined = label;
    await this.meanings();
    const about = this.find(`[data-definitions] [data-about="${CSS.escape(label)}"]`);
    if (!about || this.defined !== label) return;
    const card = this.find("[data-definition]");
    card.replaceChildren(...[...about.cloneNode(true).children]);
    card.hidden = false;
  }

  showKeys() {
    const dialog = document.createElement("dialog");
    dialog.className = "keys";
    const list = document.createElement("dl");
    const labels = new Map(COMMANDS);
    for (const input of this.section?.querySelectorAll("[data-key]") ?? []) {
      const name = input.closest("label").querySelector("span").textContent;
      if (input.dataset.key && !labels.has(input.dataset.key)) labels.set(input.dataset.key, name);
    }
    for (const [key, words] of labels) {
      const term = document.createElement("dt");
      term.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      list.append(term, Object.assign(document.createElement("dd"), { textContent: words }));
    }
    const close = Object.assign(document.createElement("button"), { type: "button", className: "secondary", textContent: "Close" });
    close.addEventListener("click", () => dialog.close());
    dialog.append(Object.assign(document.createElement("h2"), { textContent: "Keys" }), list, close);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  /* Events */

  listen() {
    document.addEventListener("keydown", (event) => this.keyed(event));
    this.middle.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("pointerup", () => setTimeout(() => this.section && this.sentence.takeSelection(), 0));
    const buttons = { "[data-undo]": () => this.undo(), "[data-back]": () => this.back(), "[data-open-comment]": () => this.openComment() };
    this.middle.addEventListener("click", (event) => {
      for (const [selector, act] of Object.entries(buttons)) if (event.target.closest(selector)) act();
    });
    // The text folds away on a phone only.
    const narrow = matchMedia("(max-width: 900px)");
    narrow.addEventListener("change", () => (this.text.open ||= !narrow.matches));
    this.text.addEventListener("click", (event) => {
      const link = event.target.closest("[data-go]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.go(link.dataset.go);
    });
    for (const sign of ["focusin", "pointerover"]) {
      this.middle.addEventListener(sign, (event) => {
        const label = event.target.closest("[data-label]");
        if (label) this.define(label.dataset.label);
      });
    }
    this.find("[data-definitions]").addEventListener("toggle", () => this.meanings());
    this.find("[data-open-keys]").addEventListener("click", () => this.showKeys());
    addEventListener("popstate", (event) => event.state?.unit && this.go(event.state.unit, { isBack: true, push: false }));
    addEventListener("beforeunload", (event) => {
      if (!this.isLeaving && (this.saver.isBusy || this.drafts.size || (this.form.isTouched && !this.section?.saved))) event.preventDefault();
    });
  }

  submitted(event) {
    // A form that goes to another page, such as the one after a queue, is left to the browser.
    if (event.target.hasAttribute("data-leaves")) return;
    event.preventDefault();
    const act = event.submitter?.value;
    if (event.submitter?.hasAttribute("data-undo-this")) this.undoThis();
    else if (act === "skip") this.save("skip");
    else if (event.submitter?.hasAttribute("data-save")) this.save();
  }

  /** Take back what was said about the sentence at hand. */
  undoThis() {
    const key = this.section.querySelector("[name=supersedes]").value;
    this.undoable = [...this.undoable.filter((one) => one.key !== key), { unit: this.unit, key }];
    this.undo();
  }

  keyed(event) {
    if (!this.section || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target)) {
      this.keyedInField(event);
      return;
    }
    const isOnButton = event.target.closest?.("button, a, summary");
    if (isOnButton && (event.key === "Enter" || event.key === " ")) return;
    if (this.saver.isBusy) {
      if (event.key.length === 1 || event.key === "Enter" || event.key === "Backspace") event.preventDefault();
      return;
    }
    const key = this.keyOf(event);
    if (this.sentence.isMarking && this.sentence.press(key, event.shiftKey)) event.preventDefault();
    else if (this.command(key, event) || (key.length === 1 && key !== " " && !event.repeat && this.form.press(key))) event.preventDefault();
  }

  /** The character of a key; on keyboards without Latin letters the letter printed beside it. */
  keyOf(event) {
    if (event.key.length !== 1) return event.key;
    if (event.key.charCodeAt(0) > 127 && /^Key[A-Z]$/.test(event.code)) {
      const letter = event.code[3];
      return event.shiftKey ? letter : letter.toLowerCase();
    }
    return event.shiftKey ? event.key : event.key.toLowerCase();
  }

  keyedInField(event) {
    const field = event.target;
    if (event.key === "Escape") {
      event.preventDefault();
      field.blur();
    } else if (event.key === "Enter" && field.matches("[data-new-target]")) {
      event.preventDefault();
      this.form.takeTarget(field.closest("fieldset"));
    } else if (event.key === "Enter" && field.matches("input")) {
      event.preventDefault();
      field.blur();
      this.form.setCurrent(this.form.current, { focus: true });
    }
  }

  command(key, event) {
    if (key === "Tab") return this.form.step(event.shiftKey ? -1 : 1);
    if (event.repeat && key !== "Backspace") return key === "Enter";
    const commands = {
      Enter: () => this.save(),
      s: () => this.save("skip"),
      u: () => this.undo(),
      t: () => this.form.focusNewTarget(),
      h: () => this.say(`Holder: ${this.form.cycleHolder() ?? "none"}`),
      H: () => this.form.addHolder(this.form.current),
      w: () => this.sentence.start(),
      c: () => this.openComment(),
      "!": () => this.find("[data-flag]").click(),
      "?": () => this.showKeys(),
      Backspace: () => this.back(),
      ArrowLeft: () => this.back(),
    };
    if (key === "ArrowLeft" && event.target.matches?.("input")) return false;
    if (!Object.hasOwn(commands, key)) return false;
    commands[key]();
    return true;
  }
}

const main = document.querySelector("[data-desk]");
if (main) new Desk(main);
