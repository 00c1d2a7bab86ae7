// What the classifiers think: dashed on the buttons until taken, with the words that speak for it.

import { element } from "./elements.js";
import { _, decimal, ngettext } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
export const NOT_AT_ISSUE = "not-at-issue";

/** .72: a probability as it is printed. */
export function share(probability) {
  return probability >= 0.995 ? decimal(1, 1) : decimal(probability).slice(1);
}

/** The suggestions of an answer, one entry for each label suggested. */
export function chosen(answer) {
  return answer.questions.flatMap((opinion) =>
    opinion.labels
      .filter((label) => opinion.chosen.includes(label.label))
      .map((label) => ({ ...label, question: opinion.question, target: opinion.target, targetName: opinion.target_name, fromOthers: opinion.from_others })),
  );
}

/** Suggestions that say something else than was answered; questions left open are not disagreed with. */
export function disagreements(answer, form) {
  return chosen(answer).filter((one) => {
    const field = form.section.querySelector(`fieldset[data-question="${CSS.escape(one.question)}"]`);
    if (!field || !form.isAnswered(field)) return false;
    const given = form.given(one.question, one.target);
    return one.label === NOT_AT_ISSUE ? given.length > 0 : !given.includes(one.label);
  });
}

/** What the act keeps of what was shown. */
export function record(answer, suggestions) {
  return {
    timing: answer.timing,
    classifiers: answer.classifiers,
    suggestions: suggestions.map(({ question, target, label, probability, fromOthers }) => ({
      question, target: target ?? undefined, label, probability, from_other_targets: fromOthers || undefined,
    })),
  };
}

/** ≈ .72: a probability that was learned from other targets is not told like one of the target's own. */
function marked(one) {
  return one.fromOthers ? `≈\u00a0${share(one.probability)}` : share(one.probability);
}

function saidOf(one) {
  const values = { share: share(one.probability) };
  return one.fromOthers ? _("suggested, {share}, learned from other targets", values) : _("suggested, {share}", values);
}

function whyOthers() {
  return _("This target has too few labels of its own; the sentence is judged by how others are spoken of.");
}

export class Advice {
  constructor(card, { tint }) {
    this.card = card;
    this.tint = tint;
  }

  clear() {
    this.card.hidden = true;
    this.card.replaceChildren();
    this.tint([]);
  }

  /** Dash the suggested buttons and show the reasons of the strongest suggestion. */
  show(form, suggestions, { heading, classifiers }) {
    for (const one of suggestions) {
      for (const label of this.labelsOf(form.section, one)) {
        label.classList.add("suggested");
        const output = label.querySelector("output");
        output.textContent = marked(one);
        output.setAttribute("aria-label", saidOf(one));
        output.title = one.fromOthers ? whyOthers() : "";
        label.addEventListener("pointerenter", () => this.explain(one));
        label.querySelector("input").addEventListener("focus", () => this.explain(one));
      }
    }
    this.suggestions = suggestions;
    this.heading = heading;
    this.classifiers = classifiers;
    const best = [...suggestions].sort((one, other) => other.probability - one.probability);
    this.explain(best.find((one) => one.label !== NOT_AT_ISSUE) ?? best[0]);
  }

  labelsOf(section, one) {
    const name = `[data-label="${CSS.escape(`${one.question}:${one.label}`)}"]`;
    const where = one.target ? `[data-row][data-target="${CSS.escape(one.target)}"] ${name}` : `.options ${name}`;
    return section.querySelectorAll(where);
  }

  explain(one) {
    this.card.hidden = false;
    this.card.replaceChildren(...this.describe(one));
    this.tint(one.reasons, `${one.question}:${one.label}`);
  }

  describe(one) {
    const title = element("h2", {}, `${this.heading} ${this.nameOf(one)} · ${marked(one)}`);
    if (one.early) title.append(" ", element("span", { className: "chip early", title: _("From few labels so far") }, _("early")));
    if (one.fromOthers) {
      title.append(" ", element("span", { className: "chip soft from-others", title: whyOthers() }, _("learned from other targets")));
    }
    const number = this.classifiers[one.question];
    const parts = [title, this.bars(one), element("p", { className: "muted small" }, _("Classifier {number}: words that speak for it to the right, against it to the left.", { number }))];
    const others = this.suggestions.filter((other) => other !== one);
    if (others.length) parts.push(this.list(others));
    return parts;
  }

  nameOf(one) {
    const label = one.name.charAt(0).toUpperCase() + one.name.slice(1);
    return one.targetName ? `${label} – ${one.targetName}` : label;
  }

  list(others) {
    const items = others.map((other) => {
      const button = element("button", { type: "button", className: "plain" }, `${this.nameOf(other)} · ${marked(other)}`);
      if (other.fromOthers) button.append(element("span", { className: "hidden" }, `, ${_("learned from other targets")}`));
      button.addEventListener("click", () => this.explain(other));
      return element("li", {}, button);
    });
    return element("ul", { className: "others" }, ...items);
  }

  /** Bars as SVG attributes: the page's policy allows no inline style. */
  bars({ reasons, question, label }) {
    const most = Math.max(...reasons.map((reason) => Math.abs(reason.value)), 1e-9);
    const rows = reasons.map((reason) => {
      const drawing = document.createElementNS(SVG, "svg");
      drawing.setAttribute("viewBox", "0 0 100 8");
      drawing.setAttribute("preserveAspectRatio", "none");
      drawing.setAttribute("aria-hidden", "true");
      const bar = document.createElementNS(SVG, "rect");
      const width = (Math.abs(reason.value) / most) * 50;
      bar.setAttribute("x", reason.value > 0 ? 50 : 50 - width);
      bar.setAttribute("width", width);
      bar.setAttribute("height", 8);
      bar.setAttribute("rx", 1);
      bar.setAttribute("class", reason.value > 0 ? "bar-for" : "bar-against");
      drawing.append(bar);
      const value = `${reason.value > 0 ? "+" : "−"}${decimal(Math.abs(reason.value))}`;
      return element("div", { className: "reason", title: value }, element("bdi", {}, reason.text.trim()), drawing, element("span", { className: "hidden" }, value));
    });
    const all = element("div", { className: "reasons" }, ...rows);
    all.dataset.label = `${question}:${label}`;
    return all;
  }

  showNothing() {
    this.card.replaceChildren(element("p", { className: "muted small" }, _("No label is likely enough here to be suggested.")));
    this.card.hidden = false;
  }

  /** No suggestion: say what is missing, and how a training goes. */
  showMissing({ job, missing, problem }) {
    const parts = [];
    if (problem) parts.push(element("p", { className: "problem" }, problem));
    if (job && (job.state === "queued" || job.state === "running")) {
      const done = element("progress", { max: 1 });
      if (job.state === "running") done.value = job.progress;
      done.setAttribute("aria-label", _("Training"));
      parts.push(element("h2", {}, _("A classifier is being trained")), done);
      parts.push(element("p", { className: "muted small" }, job.message ?? _("It starts in a moment; go on labelling.")));
    } else if (missing && (missing.nearest.length || missing.untouched.length)) {
      parts.push(element("h2", {}, _("No suggestion yet: what is missing")), ...this.missing(missing));
    }
    if (job?.state === "failed" && job.message) parts.push(element("p", { className: "muted small" }, job.message));
    this.card.replaceChildren(...parts);
    this.card.hidden = !parts.length;
  }

  /** The nearest first, more on demand, and of what nobody has begun only the number. */
  missing({ nearest, more, untouched }) {
    const list = (sentences) => element("ul", { className: "missing" }, ...sentences.map((sentence) => element("li", {}, sentence)));
    const parts = nearest.length ? [list(nearest)] : [];
    if (more.length) parts.push(element("details", {}, element("summary", {}, ngettext("… and {num} more", "… and {num} more", more.length)), list(more)));
    parts.push(...untouched.map((sentence) => element("p", { className: "muted small" }, sentence)));
    return parts;
  }
}
