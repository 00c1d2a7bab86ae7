// The text in view: the sentence at hand lit and always at the same height, what is done dimmed with its marks.

import { parse } from "./elements.js";
import { _, ngettext } from "./words.js";

export class TextPane {
  /** `fetch(path)` asks the server, `go(unit)` is called when a sentence is chosen. */
  constructor(element, { fetch, go }) {
    this.element = element;
    this.fetch = fetch;
    this.kept = new Map();
    element.addEventListener("click", (event) => {
      const link = event.target.closest("[data-go]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(link.dataset.go);
    });
    // The text folds away on a phone only.
    const narrow = matchMedia("(max-width: 900px)");
    narrow.addEventListener("change", () => (element.open ||= !narrow.matches));
  }

  linkOf(unit) {
    const name = `[data-go="${CSS.escape(unit)}"]`;
    const inView = this.element.querySelector(name);
    if (inView) return inView;
    for (const text of this.kept.values()) {
      const link = text.querySelector?.(name);
      if (link) return link;
    }
    return null;
  }

  /** Fetch a text that will be needed soon. */
  prepare(unit, path, document_) {
    if (document_ === this.element.dataset.document || this.kept.has(document_)) return;
    const text = this.load(path).catch(() => {
      this.kept.delete(document_);
      return null;
    });
    this.kept.set(document_, text);
    text.then((found) => found && this.kept.get(document_) === text && this.kept.set(document_, found));
  }

  async load(path) {
    const answer = await this.fetch(path);
    if (!answer.ok) throw new Error(String(answer.status));
    const text = document.createDocumentFragment();
    text.append(...parse(await answer.text()));
    return text;
  }

  /** Light a sentence, in its own text; a sentence outside the part in view brings the part it is in. */
  async light(unit, { path, document: wanted, isWhole, isFirst = false }) {
    this.wanted = unit;
    this.element.querySelector("[aria-current]")?.removeAttribute("aria-current");
    if (this.element.dataset.document !== wanted && this.kept.has(wanted)) this.change(wanted, await this.kept.get(wanted));
    if (this.element.dataset.document !== wanted || !(this.find(unit) || isWhole)) {
      try {
        this.change(wanted, await this.load(path));
      } catch {
        return false;
      }
    }
    if (this.wanted !== unit) return true;
    const link = this.find(unit);
    if (link) {
      this.element.querySelector("[aria-current]")?.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      this.scrollTo(link, isFirst);
    }
    return true;
  }

  find(unit) {
    return this.element.querySelector(`[data-go="${CSS.escape(unit)}"]`);
  }

  /** Put another text in view; the one that leaves is kept, with its marks. */
  change(name, text) {
    if (!text) return;
    const left = document.createDocumentFragment();
    left.append(...this.element.childNodes);
    if (this.element.dataset.document !== name) this.kept.set(this.element.dataset.document, left);
    this.kept.delete(name);
    this.element.replaceChildren(text);
    this.element.dataset.document = name;
    // Only giant texts would make this heavy: the last few are enough to go back and forth.
    while (this.kept.size > 6) this.kept.delete(this.kept.keys().next().value);
  }

  /** The sentence stands at the same height each time, a third down. */
  scrollTo(link, isFirst) {
    const pane = this.element;
    const top = link.getBoundingClientRect().top - pane.getBoundingClientRect().top + pane.scrollTop - pane.clientHeight / 3;
    const isCalm = isFirst || matchMedia("(prefers-reduced-motion: reduce)").matches || Math.abs(top - pane.scrollTop) > pane.clientHeight;
    pane.scrollTo({ top, behavior: isCalm ? "instant" : "smooth" });
  }

  /** Dim a sentence that is done, before anybody has confirmed it. */
  dim(unit) {
    this.linkOf(unit)?.classList.add("done");
  }

  /** Put the server's marks beside a sentence; none means that nothing counts for it any more. */
  mark(unit, chips) {
    const link = this.linkOf(unit);
    if (!link) return;
    link.classList.toggle("done", chips !== "");
    link.classList.remove("settled");
    link.nextElementSibling.replaceChildren(...parse(chips));
  }

  /** Say how far this text is. */
  progress(section) {
    const done = this.element.querySelectorAll("[data-go].done").length;
    const of = Number(section.dataset.of);
    const isWhole = this.element.querySelectorAll("[data-go]").length === of;
    return isWhole
      ? ngettext("This text: {done} of {num} sentence done", "This text: {done} of {num} sentences done", of, { done })
      : _("This text: sentence {position} of {of}", { position: section.dataset.position, of });
  }

  previousOf(unit) {
    const links = [...this.element.querySelectorAll("[data-go]")];
    return links[links.findIndex((link) => link.dataset.go === unit) - 1]?.dataset.go;
  }
}
