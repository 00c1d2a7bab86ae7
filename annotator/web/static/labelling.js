// The labelling page: keys, saving, going on. Each part has a module of its own; this one puts them together.

import { parse } from "./elements.js";
import { Adviser } from "./labelling-advising.js";
import { Ahead } from "./labelling-ahead.js";
import { Commands } from "./labelling-commands.js";
import { DecisionForm } from "./labelling-form.js";
import { Help } from "./labelling-help.js";
import { Keys } from "./labelling-keys.js";
import { Clock, Sender, newKey, soon } from "./labelling-saving.js";
import { Sentence } from "./labelling-spans.js";
import { StateBar } from "./labelling-state.js";
import { Store } from "./labelling-store.js";
import { Targets } from "./labelling-targets.js";
import { TextPane } from "./labelling-text.js";
import { _ } from "./words.js";

/** A second Enter this soon was meant for the sentence before. */
const BOUNCE = 350;
/** Without a network the questions about a whole text do not wait longer for the last answers to its sentences. */
const WHOLE_WAIT = 3000;
/** Sections kept so that an undo or a look back needs no server. */
const MOST_KEPT = 40;

class Desk {
  constructor(main) {
    this.main = main;
    this.middle = main.querySelector("[data-middle]");
    this.labelUrl = main.dataset.labelUrl;
    this.codebook = main.dataset.codebook;
    this.keys = new Keys(JSON.parse(main.dataset.keys));
    this.clock = new Clock();
    this.kept = new Map();
    this.visited = [];
    this.turn = 0;
    this.savedAt = -Infinity;
    this.undoable = JSON.parse(main.dataset.undoable);
    this.mine = new Set();
    main.querySelector("[data-undo-last]")?.remove();
    this.connect();
    this.recallTarget();
    this.open(main.querySelector("#decision"));
    history.replaceState({ unit: this.unit }, "");
    this.light({ isFirst: true });
    this.listen();
    this.sender.resume();
  }

  connect() {
    const { person, project } = this.main.dataset;
    this.sender = new Sender({
      labelUrl: this.labelUrl,
      person,
      project,
      store: new Store(),
      wanted: () => this.wanted(),
      took: (answer, records) => this.took(answer, records),
      report: () => this.state.show(),
    });
    const fetch = (path, body) => this.sender.fetch(path, body);
    this.state = new StateBar(this.main, { sender: this.sender, clock: this.clock, look: (record) => this.lookAt(record) });
    this.text = new TextPane(this.find("[data-text]"), { fetch, go: (unit) => this.go(unit) });
    this.targets = new Targets(this.find("#targets"), { add: (name) => this.addTarget(name) });
    this.ahead = new Ahead({ prepare: (next) => this.prepare(next) });
    this.adviser = new Adviser(this.find("[data-advice]"), { desk: this, fetch });
    this.commands = new Commands(this);
    this.help = new Help(this.find("[data-help]"), (path, options) => window.fetch(this.labelUrl + path, options), { go: (unit) => this.go(unit) });
    this.others = new BroadcastChannel(`annotator ${person} ${project}`);
    this.others.addEventListener("message", ({ data }) => this.heard(data));
  }

  find(selector) {
    return this.main.querySelector(selector);
  }

  /** The last target of a text is known again after a reload. */
  recallTarget() {
    const item = this.find("[data-recent] li");
    const mark = item?.querySelector("[data-target-name]");
    const target = mark && this.text.find(item.dataset.unit) && this.targets.find(mark.dataset.targetName);
    if (target) this.targets.last = { ...target, document: this.find("#decision").dataset.document };
  }

  pathOf(unit) {
    return `/${unit.split("/").map(encodeURIComponent).join("/")}`;
  }

  /* One sentence */

  open(section) {
    this.isFinished = false;
    this.section = section;
    this.unit = section.dataset.unit;
    this.document = section.dataset.document;
    section.desk ??= this.equip(section);
    this.form = section.desk.form;
    this.sentence = section.desk.sentence;
    this.find("[data-silent-note]").textContent = section.dataset.timing === "never" ? "" : (section.dataset.silent ?? "");
    this.form.offerLast(this.targets.lastIn(this.document));
    this.clock.restart();
    this.adviser.open(section, this.pathOf(this.unit));
    this.askForHelp(section);
  }

  /** Once what was just said has arrived: it may be about a sentence like this one. */
  async askForHelp(section) {
    await new Promise(soon);
    await this.sender.running;
    if (section === this.section) this.help.show(this.pathOf(section.dataset.unit));
  }

  equip(section) {
    this.keys.print(section);
    const form = new DecisionForm(section, { touched: (isAnswer) => this.touched(isAnswer), targets: this.targets });
    const fieldsets = [...section.querySelectorAll("fieldset.spans")];
    const sentence = new Sentence(section.querySelector("[data-sentence]"), fieldsets, { touched: () => form.touch(), say: (words) => this.say(words) });
    return { form, sentence };
  }

  prepare(next) {
    const [section] = parse(next.html);
    this.text.prepare(next.unit, `${this.pathOf(next.unit)}/text`, next.document);
    return this.prepared(section);
  }

  prepared(section) {
    section.tabIndex = -1;
    section.desk = this.equip(section);
    return section;
  }

  touched(isAnswer) {
    this.problem("");
    if (isAnswer && this.main.hasAttribute("data-advance") && !this.section.isReturned && !this.form.isRevision && this.form.isComplete()) this.save();
  }

  /** Put a sentence on the screen. */
  async show(section, { isBack = false, push = true } = {}) {
    if (this.isOutdated || section.dataset.codebook !== this.codebook) return this.leaveFor(section.dataset.unit);
    this.turn += 1;
    if (this.section && !isBack) this.visited.push(this.unit);
    if (this.section && this.unit !== section.dataset.unit) this.putAside();
    // A copy of it may wait there, as it was before: it must not come again once this one is answered.
    this.ahead.remove(section.dataset.unit);
    this.find("[data-passing]")?.remove();
    (this.section ?? this.middle.querySelector("#decision, [data-waiting]")).replaceWith(section);
    this.open(section);
    this.middle.scrollTop = 0;
    const lit = this.light();
    // Not on the link or button that led here: Enter would follow it again. After all that changes the page, so that
    // its layout is worked out once.
    section.tabIndex = -1;
    section.focus({ preventScroll: true });
    if (matchMedia("(max-width: 900px)").matches) scrollTo(0, 0);
    const { unit } = this;
    if (push) soon(() => history.pushState({ unit }, "", section.dataset.url));
    return lit;
  }

  /** A sentence left unanswered waits with what was begun; it comes again by itself if it is this person's. */
  putAside() {
    if (this.section.sent) return;
    if (this.section.dataset.held === "yes") this.ahead.putBack(this.section);
    else if (this.form.isTouched) this.kept.set(this.unit, this.section);
  }

  /** A new codebook asks in another way: the page is made anew, once all is written down. */
  async leaveFor(unit) {
    if (this.section?.sent) this.wait();
    await new Promise(soon);
    await this.sender.store.writing;
    const { sender } = this;
    // Where the page alone keeps what is unsent it must have arrived; what was refused is asked about.
    if (!sender.store.isKept && sender.waiting.length) await sender.exchange();
    this.isLeaving = sender.store.isKept || !sender.unsent;
    location.assign(this.labelUrl + this.pathOf(unit));
  }

  async light(options) {
    const { section, unit } = this;
    const isLit = await this.text.light(unit, {
      path: `${this.pathOf(unit)}/text`,
      document: this.document,
      isWhole: section.dataset.kind !== "sentence",
      ...options,
    });
    if (section !== this.section) return;
    if (!isLit) this.problem(_("The text around the sentence cannot be fetched just now."));
    soon(() => this.countText());
  }

  countText() {
    if (this.section) document.querySelector("[data-progress-document]").textContent = this.text.progress(this.section);
    this.help.count(this.text.element);
  }

  async go(unit, options) {
    if (unit === this.unit && this.section) return;
    const section = this.ahead.find(unit) ?? this.kept.get(unit);
    if (section && !(section.sent && !this.isPending(section.sent))) {
      if (section.sent) this.reopen(section, section.sent);
      this.ahead.remove(unit);
      this.kept.delete(unit);
      await this.show(section, options);
    } else {
      // What arrives after something else was asked for would take the screen away from it.
      const turn = (this.turn += 1);
      try {
        const found = await this.fetched(unit);
        if (turn !== this.turn) return;
        await this.show(found, options);
      } catch (error) {
        this.problem(_("This sentence cannot be fetched just now ({reason}).", { reason: error.message }));
        return;
      }
    }
    this.say(this.section.getAttribute("aria-label"));
  }

  async fetched(unit, query = "") {
    const answer = await this.sender.fetch(this.pathOf(unit) + query);
    if (!answer.ok) throw new Error(String(answer.status));
    return parse((await answer.json()).next.html)[0];
  }

  isPending(key) {
    return this.sender.waiting.some((record) => record.key === key);
  }

  /** Let a section that was sent be answered again; what it says then revises the act named. */
  reopen(section, supersedes) {
    section.sent = null;
    section.isReturned = true;
    // What was suggested was seen, and what was said before that stays the first answer.
    if (!section.advised?.shown) section.advised = null;
    section.querySelector("[name=supersedes]").value = supersedes;
    // What revises an act does not come by itself.
    section.dataset.held = supersedes ? "no" : "yes";
  }

  back() {
    const unit = this.visited.pop() ?? this.text.previousOf(this.unit);
    if (unit) this.go(unit, { isBack: true });
  }

  /* Saving */

  problem(words) {
    const place = this.find("[data-problem]");
    if (place) place.textContent = words;
  }

  async save() {
    if (!this.form.hasAnswer()) {
      if (performance.now() - this.savedAt > BOUNCE) this.problem(_("Nothing is answered yet. Give at least one answer, say none, or skip with s."));
      return;
    }
    if (this.isThinking) return;
    if (this.adviser.mayObject) {
      this.isThinking = true;
      const isSettled = await this.adviser.isSettled(this.form);
      this.isThinking = false;
      if (!isSettled) return;
    }
    this.send("answer");
  }

  skip(code) {
    this.send("skip", { skip: code });
  }

  send(act, extra = {}) {
    const { section, unit } = this;
    const seconds = this.clock.seconds();
    const key = newKey();
    const { first, shown, answer } = section.advised;
    const more = { act, key, active_seconds: seconds, client_at: new Date().toISOString(), ...extra };
    if (shown) more.shown = JSON.stringify(shown);
    if (answer?.sealed) more.sealed = answer.sealed;
    const record = { key, unit, fields: this.form.fields(more) };
    if (act === "answer" && first) record.first = first;
    section.sent = key;
    section.isReturned = false;
    section.wasRevising = section.querySelector("[name=supersedes]").value;
    this.form.isTouched = false;
    this.keep(section);
    this.targets.remember(this.form.lastAnswered(), this.document);
    this.undoable.push({ unit, key });
    this.savedAt = performance.now();
    this.text.dim(unit);
    soon(() => this.state.keepPace(seconds));
    this.said = act === "skip" ? _("Skipped.") : _("Saved.");
    this.mine.add(key);
    this.sender.add(record);
    // Once its replacement is written down.
    if (section.refused) soon(() => this.sender.drop([section.refused]));
    this.goOn();
  }

  keep(section) {
    this.kept.delete(section.dataset.unit);
    this.kept.set(section.dataset.unit, section);
    while (this.kept.size > MOST_KEPT) {
      const oldest = [...this.kept].find(([, one]) => one.sent && !this.isPending(one.sent));
      if (!oldest) break;
      this.kept.delete(oldest[0]);
    }
  }

  /** The next sentence, or a word on why there is none yet. */
  goOn() {
    const next = this.ahead.take();
    if (next?.dataset.kind === "document" && !next.desk.form.isTouched) this.showWhole(next);
    else if (next) this.show(next);
    else this.wait();
  }

  /** The questions about a whole text stand below a summary of its sentences: asked for when all of them have arrived. */
  async showWhole(section) {
    if (this.section) this.wait();
    this.isFetching = true;
    try {
      await Promise.race([this.sender.exchange(), new Promise((resolve) => setTimeout(resolve, WHOLE_WAIT))]);
      section = this.prepared(await this.fetched(section.dataset.unit));
    } catch {
      // The summary is a little old, the questions are the same.
    }
    this.isFetching = false;
    // What was taken back meanwhile is corrected first.
    if (this.section) this.ahead.putBack(section);
    else this.show(section);
  }

  wait() {
    const notice = document.createElement("div");
    notice.dataset.waiting = "";
    notice.className = "waiting muted";
    notice.tabIndex = -1;
    notice.textContent = _("The next sentence is on its way …");
    this.visited.push(this.unit);
    this.find("[data-passing]")?.remove();
    this.section.replaceWith(notice);
    notice.focus({ preventScroll: true });
    this.section = null;
    this.adviser.close();
    this.sender.exchange();
  }

  undo() {
    const last = this.undoable.pop();
    if (!last) {
      this.say(_("There is nothing to take back."));
      return;
    }
    const fields = [
      ["act", "undo"],
      ["key", newKey()],
      ["supersedes", last.key],
      ["codebook", this.codebook],
      ["client_at", new Date().toISOString()],
    ];
    this.said = _("Taken back.");
    this.mine.add(fields[1][1]);
    this.sender.add({ key: fields[1][1], unit: last.unit, fields });
    this.takeBack(last);
  }

  /** Show what was taken back, to be corrected: at once where the page still has it. */
  async takeBack({ unit, key }) {
    const kept = this.kept.get(unit);
    this.kept.delete(unit);
    if (kept?.sent === key) {
      this.reopen(kept, kept.wasRevising);
      await this.show(kept, { isBack: true });
      return;
    }
    const turn = (this.turn += 1);
    try {
      await this.sender.exchange();
      const found = await this.fetched(unit, `?taken-back=${encodeURIComponent(key)}`);
      if (turn === this.turn) await this.show(found, { isBack: true });
      // Somebody who went on meanwhile gets it next.
      else this.ahead.putBack(this.prepared(found));
    } catch (error) {
      this.problem(_("It is taken back, but cannot be shown just now ({reason}).", { reason: error.message }));
    }
  }

  /** Take back what was said about the sentence at hand. */
  undoThis() {
    const key = this.section.querySelector("[name=supersedes]").value;
    this.undoable = [...this.undoable.filter((one) => one.key !== key), { unit: this.unit, key }];
    this.undo();
  }

  /* What the server says */

  wanted() {
    this.asked = this.section ? this.unit : null;
    return { document: this.document, here: this.asked, have: this.ahead.units, ahead: this.ahead.wanted };
  }

  took(answer, records) {
    this.isOutdated = String(answer.codebook) !== this.codebook;
    answer.results.forEach((result, index) => (result.key ? this.settle(result, records[index]) : this.refused(records[index])));
    // What waits may take this one back already.
    if (answer.last && !this.undoable.length && !this.sender.waiting.length) this.undoable.push(answer.last);
    if (answer.training) this.adviser.watch();
    this.state.progress(answer.progress);
    const unsent = new Set([...this.sender.waiting, ...this.sender.refused].map((record) => record.unit));
    const isAnswered = (unit) => unsent.has(unit) || Boolean(this.section && unit === this.unit);
    if (answer.ahead && !this.ahead.sync(answer.ahead, { isAnswered, isOutdated: this.isOutdated, shown: this.asked })) this.sender.exchange();
    this.countText();
    if (records.length) this.say(`${this.said ?? _("Saved.")} ${this.section?.getAttribute("aria-label") ?? ""}`);
    if (!this.section && !this.isFetching) this.goOnFrom(answer);
    else if (this.isOutdated && this.section && !this.form.isTouched && !this.sender.waiting.length) this.leaveFor(this.unit);
  }

  goOnFrom(answer) {
    // That a queue is finished is said before what comes after it.
    if (this.isFinished) return;
    if (this.ahead.units.length) this.goOn();
    else if (answer.finished && !this.sender.waiting.length) this.finish(answer.finished);
    else if (this.sender.refused.length) this.find("[data-waiting]").textContent = _("Only answers that were not stored are left; look at them below.");
  }

  /** What was refused is shown as not done; the foot of the page leads to it. */
  refused({ unit, key, fields }) {
    const { act, supersedes } = Object.fromEntries(fields);
    // Taken back before it was refused: there is nothing left to be mended.
    if (act === "undo" && this.sender.refused.some((record) => record.key === supersedes)) this.sender.drop([supersedes, key]);
    this.undoable = this.undoable.filter((one) => one.key !== key);
    this.kept.delete(unit);
    this.text.mark(unit, "");
  }

  settle(result, record) {
    this.text.mark(result.unit, result.chips);
    if (result.feedback !== undefined) this.find("[data-feedback]").replaceChildren(...parse(result.feedback));
    this.state.remember(result, this.text);
    if (result.late) this.say(_("Your place on this sentence had passed to somebody else; your answer is kept as late."));
    this.others.postMessage({ unit: result.unit, key: result.key, act: result.act, chips: result.chips });
    // An earlier page left it behind.
    if (!this.mine.has(record.key)) this.passed(result);
  }

  /** Another tab of the same person has answered. */
  heard({ unit, key, act, chips }) {
    this.text.mark(unit, chips);
    this.ahead.remove(unit);
    this.kept.delete(unit);
    this.passed({ unit, key, act });
  }

  /** The sentence on the screen was answered elsewhere: go on, unless something was begun here. */
  passed({ unit, key, act }) {
    if (!this.section || unit !== this.unit || act === "undo") return;
    if (this.form.isTouched) {
      this.section.querySelector("[name=supersedes]").value = key;
      this.problem(_("You have answered this sentence in another tab; saving here revises that."));
    } else {
      this.section.sent = key;
      this.goOn();
    }
  }

  finish(html) {
    this.isFinished = true;
    this.help.close();
    document.querySelector("[data-progress-document]").textContent = "";
    document.querySelector(".queue-bar")?.remove();
    this.find("[data-waiting]").replaceChildren(...parse(html));
    // What comes at the end is read from its beginning; on a phone the page stands where the last answer was saved.
    scrollTo(0, 0);
  }

  /** Show an answer that was refused, with the reason, to be mended. */
  async lookAt(record) {
    try {
      const answer = await this.sender.fetch(`${this.pathOf(record.unit)}/form`, { unit: record.unit, fields: record.fields });
      if (!answer.ok) throw new Error(String(answer.status));
      const [section] = parse((await answer.json()).next.html);
      section.refused = record.key;
      await this.show(section);
    } catch (error) {
      this.problem(_("This sentence cannot be fetched just now ({reason}).", { reason: error.message }));
      return;
    }
    this.form.isTouched = true;
    this.problem(record.problems.join(" "));
  }

  say(words) {
    this.find("[data-live]").textContent = words;
  }

  /** Add a target that nobody has named yet. */
  async addTarget(name) {
    try {
      const answer = await this.sender.fetch("/targets", { name });
      const added = await answer.json();
      if (!answer.ok) throw new Error((added.problems ?? [added.error]).join(" "));
      // Sentences that name it wait without it.
      this.ahead.clear();
      this.sender.exchange();
      return added;
    } catch (error) {
      const reason = error instanceof TypeError ? _("the server cannot be reached") : error.message;
      this.problem(_("The target was not added: {reason}", { reason }));
      return null;
    }
  }

  /* Events */

  listen() {
    document.addEventListener("keydown", (event) => this.commands.keyed(event));
    this.middle.addEventListener("submit", (event) => this.submitted(event));
    document.addEventListener("pointerup", () => setTimeout(() => this.section && this.sentence.takeSelection(), 0));
    const buttons = { "[data-undo]": "undo", "[data-back]": "back", "[data-open-comment]": "comment" };
    this.middle.addEventListener("click", (event) => {
      for (const [selector, command] of Object.entries(buttons)) if (event.target.closest(selector)) this.commands.run(command);
    });
    for (const sign of ["focusin", "pointerover"]) {
      this.middle.addEventListener(sign, (event) => {
        const label = event.target.closest("[data-label]");
        if (label) this.help.define(label.dataset.label);
      });
    }
    this.find("[data-recent]").addEventListener("click", (event) => {
      const link = event.target.closest("[data-recent-go]");
      if (!link) return;
      event.preventDefault();
      this.go(link.dataset.recentGo);
    });
    this.find("[data-advance-switch]").addEventListener("change", (event) => {
      this.main.toggleAttribute("data-advance", event.target.checked);
      this.sender.fetch("/preferences", { advance: event.target.checked }).catch(() => this.say(_("This choice holds for this page only; the server cannot be reached.")));
    });
    this.find("[data-open-keys]").addEventListener("click", () => this.commands.run("keys"));
    this.find("[data-open-guidelines]").addEventListener("click", () => this.commands.run("guidelines"));
    addEventListener("popstate", (event) => event.state?.unit && this.go(event.state.unit, { isBack: true, push: false }));
    addEventListener("beforeunload", (event) => {
      const begun = [this.section, ...this.kept.values(), ...this.ahead.sections].some((one) => one?.desk.form.isTouched && !one.sent);
      if (!this.isLeaving && (this.sender.unsent || begun)) event.preventDefault();
    });
  }

  submitted(event) {
    // A form that goes to another page, such as the one after a queue, is left to the browser.
    if (event.target.hasAttribute("data-leaves")) return;
    event.preventDefault();
    const button = event.submitter;
    if (button?.hasAttribute("data-undo-this")) this.undoThis();
    else if (button?.name === "skip") this.skip(button.value);
    else if (button?.hasAttribute("data-save")) this.save();
  }
}

const main = document.querySelector("[data-desk]");
if (main) new Desk(main);
