// The foot of the page and the list of the last ten: how saving stands, the pace, a word about a pause.

import { element, parse } from "./elements.js";
import { _, ngettext, number } from "./words.js";

const MOST_RECENT = 10;
/** What must be heard, too. */
const TROUBLES = new Set(["offline", "waiting", "barred", "signed-out", "refused", "memory"]);
const HOUR = 3600_000;

export class StateBar {
  /** `look(record)` shows an answer that was refused. */
  constructor(main, { sender, clock, look }) {
    Object.assign(this, { main, sender, clock, look });
    this.paces = [];
    this.place = main.querySelector("[data-save-state]");
    this.recent = main.querySelector("[data-recent]");
    setInterval(() => this.suggestPause(), 30_000);
  }

  /** Say how saving stands; nothing is called saved that the server has not confirmed. */
  show() {
    const { state, words, buttons } = this.standing();
    if (state !== this.place.dataset.state && TROUBLES.has(state)) this.main.querySelector("[data-live]").textContent = words;
    this.place.dataset.state = state;
    this.place.replaceChildren(words, ...buttons.flatMap((button) => [" ", button]));
  }

  standing() {
    const { waiting, refused, trouble, store } = this.sender;
    const kept = waiting.length;
    if (refused.length) {
      const words = ngettext("{num} answer was not stored", "{num} answers were not stored", refused.length);
      const look = this.button(_("look at it"), () => this.look(refused[0]));
      return { state: "refused", words, buttons: [look, this.download(), this.discard(refused[0])] };
    }
    if (trouble) {
      const buttons = [this.button(_("try now"), () => this.sender.wake()), ...(kept ? [this.download()] : [])];
      if (trouble.state === "offline") return { state: "offline", words: kept ? ngettext("offline, kept here: {num}", "offline, kept here: {num}", kept) : _("offline"), buttons };
      if (trouble.state === "signed-out") buttons.unshift(this.signIn());
      const words = kept
        ? ngettext("{num} waiting, kept here: {reason}", "{num} waiting, kept here: {reason}", kept, { reason: trouble.words })
        : trouble.words;
      return { state: trouble.state, words, buttons };
    }
    if (kept) return { state: "saving", words: kept > 1 ? ngettext("{num} waiting", "{num} waiting", kept) : _("saving …"), buttons: [] };
    if (!store.isKept) return { state: "memory", words: _("all saved; this browser cannot keep unsent answers, so leave the page open"), buttons: [] };
    const words = this.sender.strangers
      ? ngettext("all saved; {num} answer is kept here for another person", "all saved; {num} answers are kept here for other people", this.sender.strangers)
      : _("all saved");
    return { state: "saved", words, buttons: [] };
  }

  button(words, act) {
    const made = element("button", { type: "button", className: "plain" }, words);
    made.addEventListener("click", act);
    return made;
  }

  signIn() {
    return element("a", { href: this.main.dataset.signInUrl, target: "_blank" }, _("sign in again"));
  }

  /** An answer to a sentence that is gone can never be stored: its annotator may let go of it. */
  discard({ key }) {
    return this.button(_("discard it"), () => {
      if (confirm(_("Throw this answer away? It was never stored and cannot be brought back."))) this.sender.drop([key]);
    });
  }

  /** The last resort: everything unsent as a file. */
  download() {
    const link = element("a", { href: "#", download: "unsent-labels.json" }, _("download my unsent labels"));
    link.dataset.download = "";
    link.addEventListener("click", () => {
      const records = [...this.sender.refused, ...this.sender.waiting];
      const file = new Blob([JSON.stringify(records, null, 1)], { type: "application/json" });
      link.href = URL.createObjectURL(file);
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    });
    return link;
  }

  progress({ done, total }) {
    const bar = document.querySelector("[data-progress]");
    bar.max = Math.max(total, 1);
    bar.value = done;
    document.querySelector("[data-progress-words]").textContent = `${number(done)} / ${number(total)}`;
  }

  keepPace(seconds) {
    this.paces.push(seconds);
    const sorted = [...this.paces].sort((one, other) => one - other);
    const median = sorted[Math.floor(sorted.length / 2)].toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
    this.main.querySelector("[data-pace]").textContent = _("median {seconds} s a sentence", { seconds: median });
  }

  /** After an hour at work, once and quietly. */
  suggestPause() {
    if (this.clock.total < HOUR) return;
    const place = this.main.querySelector("[data-pause]");
    place.replaceChildren(_("An hour of labelling: a short break keeps labels steady."), " ", this.button(_("thanks"), () => place.replaceChildren()));
    this.clock.total = 0;
  }

  /** Put a sentence at the head of the last ten; one that counts no more leaves the list. */
  remember({ unit, chips }, text) {
    const list = this.recent.querySelector("ol");
    const link = text.linkOf(unit);
    const there = [...list.children].find((item) => item.dataset.unit === unit);
    const words = there?.querySelector("bdi").textContent ?? link?.textContent ?? "";
    there?.remove();
    if (chips) {
      const go = element("a", { href: link?.href ?? there?.querySelector("a").href ?? "#" }, element("bdi", {}, words));
      go.dataset.recentGo = unit;
      const item = element("li", {}, go, " ", element("span", { className: "marks" }, ...parse(chips)));
      item.dataset.unit = unit;
      list.prepend(item);
    }
    while (list.children.length > MOST_RECENT) list.lastElementChild.remove();
    this.recent.hidden = list.children.length === 0;
  }
}
