// When the classifiers are asked, and when what they say is shown: before the answer, after it, or never.

import { soon } from "./labelling-saving.js";
import { Advice, chosen, disagreements, record } from "./labelling-suggestions.js";
import { _ } from "./words.js";

const POLL = 1500;
const SUGGESTIONS_WAIT = 600;
const IS_ON = ["queued", "running"];

export class Adviser {
  /** `fetch(path)` asks the server; `desk` has the sentence at hand and is told of problems. */
  constructor(card, { desk, fetch }) {
    this.desk = desk;
    this.fetch = fetch;
    this.advice = new Advice(card, { tint: (reasons, label) => this.desk.sentence?.tint(reasons, label) });
    this.section = null;
  }

  /** What was seen and said about one sentence stays with it, also while another is looked at. */
  open(section, path) {
    this.section = section;
    this.state = section.advised ??= { first: null, shown: null, answer: null };
    this.path = path;
    this.advice.clear();
    if (this.state.display) this.display(...this.state.display);
    else soon(() => this.section === section && this.ask());
  }

  close() {
    this.section = null;
    this.advice.clear();
  }

  get isSilent() {
    return !this.section || this.section.dataset.timing === "never" || Boolean(this.section.dataset.silent);
  }

  get isAsked() {
    return !this.isSilent || this.section?.dataset.compared !== undefined;
  }

  /** In the control share, too, it is asked what is suggested: it comes sealed, to be kept with the answer. */
  async ask() {
    if (!this.isAsked) return;
    const { section, state } = this;
    const asking = this.fetch(`${this.path}/suggestions`).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
    state.asking = asking;
    const answer = await asking;
    if (!answer) return;
    state.answer = answer;
    if (section !== this.section || answer.silent) return;
    if (answer.questions.length === 0) this.askStatus();
    if (answer.timing !== "before" || state.first) return;
    const found = chosen(answer);
    if (found.length) this.display(answer, found, _("Suggested:"));
    else if (answer.questions.length) this.advice.showNothing();
  }

  display(answer, suggestions, heading) {
    this.advice.show(this.desk.form, suggestions, { heading, classifiers: answer.classifiers });
    this.state.shown = record(answer, suggestions);
    this.state.display = [answer, suggestions, heading];
  }

  /** Where suggestions come after the answer: show what the classifier sees otherwise, once, to think again. */
  async isSettled(form) {
    const { section, state } = this;
    if (!this.mayObject) return true;
    // The control share waits, too: else quick answers would be compared in one arm and not in the other.
    if (!state.answer && state.asking) await Promise.race([state.asking, new Promise((resolve) => setTimeout(resolve, SUGGESTIONS_WAIT))]);
    const others = state.answer && !this.isSilent ? disagreements(state.answer, form) : [];
    if (!others.length || section !== this.section) return section === this.section;
    state.first = form.fields();
    this.display(state.answer, others, _("The classifier says:"));
    this.desk.problem(_("The classifier sees it differently. Change your answer, or press Enter again to keep it."));
    return false;
  }

  /** Whether an answer may have to be thought over before it is saved. */
  get mayObject() {
    return this.isAsked && this.section.dataset.timing === "after" && !this.state.first;
  }

  async askStatus() {
    const now = performance.now();
    if (this.isWatching || now - (this.askedStatusAt ?? -Infinity) < 2000) return;
    this.askedStatusAt = now;
    const status = await this.status();
    if (!status) return;
    if (status.job && IS_ON.includes(status.job.state)) this.watch();
    else if (this.section && !this.state.shown) this.advice.showMissing({ ...status, problem: this.state.answer?.problem });
  }

  async status() {
    try {
      const answer = await this.fetch("/status");
      return answer.ok ? await answer.json() : null;
    } catch {
      return null;
    }
  }

  /** Follow a training until it is done; then suggestions appear without a reload. */
  async watch() {
    if (this.isWatching || this.section?.dataset.timing === "never") return;
    this.isWatching = true;
    for (;;) {
      const status = await this.status();
      const isOn = status?.job && IS_ON.includes(status.job.state);
      if (status && this.section && !this.state.shown) this.advice.showMissing(status);
      if (status && !isOn) break;
      await new Promise((resolve) => setTimeout(resolve, POLL));
    }
    this.isWatching = false;
    if (this.section && !this.state.shown && !this.state.first) await this.ask();
  }
}
