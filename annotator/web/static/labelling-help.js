// Help beside the decision: what a label means, and what was decided earlier in the same text.

export class Help {
  constructor(main) {
    this.main = main;
    this.find("[data-definitions]").addEventListener("toggle", () => this.meanings());
  }

  find(selector) {
    return this.main.querySelector(selector);
  }

  show() {}

  count(text) {
    const counts = new Map();
    for (const mark of text.querySelectorAll("[data-go].done:not(.settled) + .marks [data-target-name]")) {
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

  guidelines() {}
}
