// Help beside the sentence: what labels mean, what was decided earlier in this text and on sentences like this one.

import { element, parse } from "./elements.js";
import { _ } from "./words.js";

export class Help {
  /**
   * `aside` holds the cards; `fetch(path, options)` asks the server for a path below the labelling page's;
   * `go(unit)` shows another sentence of the project, without it links are followed.
   */
  constructor(aside, fetch, { go } = {}) {
    this.aside = aside;
    this.fetch = fetch;
    this.go = go;
    this.link = aside.querySelector("[data-guidelines]");
    this.asking = null;
    this.listen();
  }

  listen() {
    this.aside.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      const about = event.target.closest("[data-guidelines], [data-in-codebook]");
      const sentence = event.target.closest("[data-go]");
      if (about || (sentence && this.go)) event.preventDefault();
      if (about) this.guidelines(about.dataset.inCodebook);
      else if (sentence && this.go) this.go(sentence.dataset.go);
    });
  }

  find(selector) {
    return this.aside.querySelector(selector);
  }

  /* Sentences like this one */

  /** Show what was decided on similar sentences; `path` is the unit's, below the labelling page's. */
  async show(path) {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const card = this.find("[data-precedents]");
    let html = "";
    try {
      const answer = await this.fetch(`${path}/precedents`, { signal: asking.signal });
      html = answer.ok ? await answer.text() : "";
    } catch {
      // Help that cannot be had just now is left out.
    }
    if (asking !== this.asking) return;
    card.replaceChildren(...parse(html));
    card.hidden = card.childElementCount === 0;
  }

  /** Let go of what is about a sentence that is gone. */
  close() {
    this.asking?.abort();
    this.asking = this.defined = null;
    for (const name of ["precedents", "definition"]) this.find(`[data-${name}]`).hidden = true;
  }

  /* Earlier in this text */

  /** Count one's own decisions beside the sentences of the text in view: stances by target, labels by question. */
  count(text) {
    const counts = new Map();
    for (const mark of text.querySelectorAll("[data-go].done:not(.settled) + .marks .mark[data-group]")) {
      const { group, labelName, label } = mark.dataset;
      if (!counts.has(group)) counts.set(group, new Map());
      const labels = counts.get(group);
      labels.set(label, { name: labelName, count: (labels.get(label)?.count ?? 0) + 1 });
    }
    this.find("[data-earlier] dl").replaceChildren(...[...counts].flatMap(([group, labels]) => this.line(group, labels)));
    this.find("[data-earlier]").hidden = counts.size === 0;
  }

  line(group, labels) {
    const definition = element("dd");
    const inOrder = [...labels].sort(([, one], [, other]) => other.count - one.count);
    for (const [label, { name, count }] of inOrder) {
      const chip = element("span", { className: "mark", textContent: `${name} ${count}` });
      chip.dataset.label = label;
      definition.append(chip, " ");
    }
    return [element("dt", { textContent: group, dir: "auto" }), definition];
  }

  /* What labels mean */

  /** The codebook as a page: fetched when first needed, then kept by this page and the browser. */
  codebook() {
    this.fetched ??= fetch(this.link.href)
      .then((answer) => (answer.ok ? answer.text() : Promise.reject(new Error(String(answer.status)))))
      .then((html) => new DOMParser().parseFromString(html, "text/html").querySelector("main"))
      .catch(() => {
        this.fetched = null;
        return null;
      });
    return this.fetched;
  }

  /** Show definition, examples and counter-examples of a label, named `question:label`. */
  async define(label) {
    if (this.defined === label) return;
    this.defined = label;
    const article = (await this.codebook())?.querySelector(`[data-about="${CSS.escape(label)}"]`);
    if (this.defined !== label) return;
    if (!article) {
      this.defined = null;
      return;
    }
    const link = element("a", { href: `${this.link.href}#${encodeURIComponent(label)}`, target: "_blank", textContent: _("in the codebook") });
    link.dataset.inCodebook = label;
    const card = this.find("[data-definition]");
    const parts = [...article.cloneNode(true).children];
    card.replaceChildren(...parts, element("p", { className: "small" }, link));
    card.hidden = false;
  }

  /** Open the whole codebook at a label, without one at the label looked at last. */
  async guidelines(label = this.defined) {
    if (document.querySelector("dialog[open]")) return;
    const main = await this.codebook();
    if (!main) {
      location.assign(this.link.href);
      return;
    }
    const dialog = this.dialog(main);
    document.body.append(dialog);
    dialog.showModal();
    const article = label && dialog.querySelector(`[data-about="${CSS.escape(label)}"]`);
    if (!article) return;
    article.classList.add("lit");
    article.tabIndex = -1;
    article.focus({ preventScroll: true });
    article.scrollIntoView({ block: "center" });
  }

  dialog(main) {
    const close = element("button", { type: "button", className: "secondary", textContent: _("Close") });
    const title = element("h2", { id: "guidelines-title", textContent: main.querySelector("h1").textContent });
    // To be scrolled by keys, too.
    const body = element("div", { className: "guidelines-body", tabIndex: 0 }, ...main.cloneNode(true).children);
    body.querySelector("h1").remove();
    for (const section of body.querySelectorAll(".card")) section.classList.remove("card");
    const dialog = element("dialog", { className: "guidelines" }, element("header", {}, title, close), body);
    dialog.setAttribute("aria-labelledby", title.id);
    close.addEventListener("click", () => dialog.close());
    // A click beside it closes it, too.
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    return dialog;
  }
}
