// The sentence: targets underlined, loaded words marked by dragging or by keys, the classifier's reasons tinted.
// Offsets count code points, as the server does; a string's own indices count UTF-16 units.

import { _ } from "./words.js";

/** Words and what stands between them; older browsers cannot divide scripts without spaces. */
function segments(text, language) {
  if (Intl.Segmenter) {
    const isKnown = /^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(language);
    return new Intl.Segmenter(isKnown ? language : undefined, { granularity: "word" }).segment(text);
  }
  const parts = text.match(/[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+/gu) ?? [];
  return parts.map((segment) => ({ segment, isWordLike: /[\p{L}\p{N}]/u.test(segment) }));
}

/** Words as [first, end) indices into code points. */
function wordsOf(points, language) {
  const text = points.join("");
  const found = [];
  let at = 0;
  for (const { segment, isWordLike } of segments(text, language)) {
    const length = [...segment].length;
    if (isWordLike) found.push([at, at + length]);
    at += length;
  }
  return found;
}

export class Sentence {
  constructor(element, fieldsets, { touched, say }) {
    this.element = element;
    this.fieldsets = fieldsets;
    this.touched = touched;
    this.say = say;
    this.active = 0;
    this.cursor = null;
    this.tints = [];
    this.read();
    this.marks = fieldsets.map((fieldset) => JSON.parse(fieldset.querySelector("[data-spans]").value));
    this.listen();
    this.draw();
  }

  read() {
    this.points = [];
    this.offsets = [];
    this.mentions = [];
    // In place of a masked name: what it is called for those who listen.
    this.masks = [];
    for (const piece of this.element.children) {
      let offset = Number(piece.dataset.start);
      for (const point of piece.textContent) {
        this.points.push(point);
        this.offsets.push(offset);
        this.mentions.push(piece.dataset.mention ?? null);
        this.masks.push(piece.dataset.masked ?? null);
        offset += 1;
      }
    }
    this.words = wordsOf(this.points, this.element.lang);
  }

  get hasSpans() {
    return this.fieldsets.length > 0;
  }

  listen() {
    this.element.addEventListener("click", (event) => this.clicked(event));
    this.fieldsets.forEach((fieldset, index) => {
      fieldset.addEventListener("focusin", () => (this.active = index));
      fieldset.addEventListener("none", () => this.change([]));
      fieldset.querySelector("[data-mark-words]")?.addEventListener("click", () => this.start());
      fieldset.querySelector("[data-spans-given]").addEventListener("click", (event) => {
        const chip = event.target.closest("button");
        if (chip) this.remove(index, Number(chip.dataset.start));
      });
    });
  }

  /* Marking */

  /** Mark what is selected with the mouse, by whole words. */
  takeSelection() {
    const selection = getSelection();
    if (!this.hasSpans || selection.isCollapsed || !selection.rangeCount) return;
    const range = selection.getRangeAt(0);
    if (!this.element.contains(range.commonAncestorContainer)) return;
    const first = this.indexOf(range.startContainer, range.startOffset);
    const end = this.indexOf(range.endContainer, range.endOffset);
    selection.removeAllRanges();
    this.toggle(...this.whole(first, end));
  }

  indexOf(node, offset) {
    if (node === this.element) return offset < node.children.length ? Number(node.children[offset].dataset.i) : this.points.length;
    const piece = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[data-i]");
    const before = node.nodeType === Node.TEXT_NODE ? [...node.data.slice(0, offset)].length : offset ? [...piece.textContent].length : 0;
    return Number(piece.dataset.i) + before;
  }

  whole(first, end) {
    const touchedWords = this.words.filter(([from, to]) => from < end && to > first);
    return touchedWords.length ? [touchedWords[0][0], touchedWords.at(-1)[1]] : [first, end];
  }

  /** Mark points [first, end), joining marks they touch; exactly the same again takes the mark back. */
  toggle(first, end) {
    if (first >= end) return;
    const [start, stop] = [this.offsets[first], this.offsets[end - 1] + 1];
    const marks = this.marks[this.active];
    if (marks.some((mark) => mark.start === start && mark.end === stop)) {
      this.change(marks.filter((mark) => mark.start !== start));
      return;
    }
    const joined = marks.filter((mark) => mark.start < stop && mark.end > start);
    const whole = { start: Math.min(start, ...joined.map((mark) => mark.start)), end: Math.max(stop, ...joined.map((mark) => mark.end)) };
    this.change([...marks.filter((mark) => !joined.includes(mark)), whole].sort((one, other) => one.start - other.start));
    this.say(_("Marked: {words}", { words: this.textOf(whole) }));
  }

  remove(index, start) {
    this.active = index;
    this.change(this.marks[index].filter((mark) => mark.start !== start));
  }

  change(marks) {
    this.marks[this.active] = marks;
    const fieldset = this.fieldsets[this.active];
    fieldset.querySelector("[data-spans]").value = JSON.stringify(marks);
    if (marks.length) fieldset.querySelector("[data-none]").checked = false;
    this.draw();
    this.touched();
  }

  textOf({ start, end }) {
    return this.points.filter((_, index) => this.offsets[index] >= start && this.offsets[index] < end).join("");
  }

  /* Word by word */

  get isMarking() {
    return this.cursor !== null;
  }

  start() {
    if (!this.hasSpans || !this.words.length) return false;
    this.cursor = { at: 0, anchor: 0 };
    this.draw();
    this.sayWord();
    return true;
  }

  stop() {
    this.cursor = null;
    this.draw();
  }

  /** Keys while marking; true if the key was meant for us. */
  press(key, isShift) {
    const forward = getComputedStyle(this.element).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
    const moves = { [forward]: 1, [forward === "ArrowRight" ? "ArrowLeft" : "ArrowRight"]: -1, Home: -Infinity, End: Infinity };
    if (key in moves) this.move(moves[key], isShift);
    else if (key === "ArrowUp" || key === "ArrowDown") this.move(key === "ArrowDown" ? 5 : -5, isShift);
    else if (key === "Enter" || key === "w" || key === " ") {
      this.markCursor();
      if (key === "Enter") this.stop();
    } else if (key === "0") {
      const none = this.fieldsets[this.active].querySelector("[data-none]");
      none.click();
      this.stop();
    } else if (key === "Escape") this.stop();
    else return false;
    return true;
  }

  move(by, isExtending) {
    const at = Math.min(Math.max(this.cursor.at + by, 0), this.words.length - 1);
    this.cursor = { at, anchor: isExtending ? this.cursor.anchor : at };
    this.draw();
    this.element.querySelector(".cursor")?.scrollIntoView({ block: "nearest" });
    this.sayWord();
  }

  cursorPoints() {
    const [low, high] = [this.cursor.at, this.cursor.anchor].sort((one, other) => one - other);
    return [this.words[low][0], this.words[high][1]];
  }

  markCursor() {
    this.toggle(...this.cursorPoints());
    if (this.cursor) this.cursor.anchor = this.cursor.at;
  }

  sayWord() {
    const [first, end] = this.cursorPoints();
    this.say(this.points.slice(first, end).join(""));
  }

  clicked(event) {
    const piece = event.target.closest("[data-i]");
    if (!this.isMarking || !piece) return;
    const at = Number(piece.dataset.i);
    const word = this.words.findIndex(([from, to]) => from <= at && at < to);
    if (word < 0) return;
    this.cursor = { at: word, anchor: word };
    this.markCursor();
  }

  /* Drawing */

  /** Tint words by what they say for (positive) or against a label. */
  tint(reasons, label = "") {
    this.tints = reasons;
    this.element.dataset.label = label;
    this.draw();
  }

  draw() {
    const borders = new Set([0, this.points.length, ...this.words.flat()]);
    const looks = this.points.map((_, index) => this.look(index));
    for (let index = 1; index < looks.length; index += 1) {
      const isOther = [looks, this.mentions, this.masks].some((each) => each[index] !== each[index - 1]);
      if (isOther) borders.add(index);
    }
    const cuts = [...borders].sort((one, other) => one - other);
    const pieces = cuts.slice(0, -1).map((first, index) => this.piece(first, cuts[index + 1], looks[first]));
    this.element.replaceChildren(...pieces);
    this.drawChips();
  }

  look(index) {
    const offset = this.offsets[index];
    const within = (span) => span.start <= offset && offset < span.end;
    const classes = [];
    if (this.marks.some((marks) => marks.some(within))) classes.push("marked");
    const tint = this.tints.find(within);
    if (tint) classes.push(tint.value > 0 ? "speaks-for" : "speaks-against");
    if (this.cursor) {
      const [first, end] = this.cursorPoints();
      if (first <= index && index < end) classes.push("cursor");
    }
    return classes.join(" ");
  }

  piece(first, end, look) {
    const mention = this.mentions[first];
    const element = document.createElement(mention ? "u" : "span");
    element.textContent = this.points.slice(first, end).join("");
    element.dataset.i = first;
    if (mention) element.dataset.mention = mention;
    if (look) element.className = look;
    if (this.masks[first]) {
      element.classList.add("masked");
      element.role = "img";
      element.ariaLabel = this.masks[first];
    }
    return element;
  }

  drawChips() {
    this.fieldsets.forEach((fieldset, index) => {
      const chips = this.marks[index].map((mark) => {
        const chip = document.createElement("button");
        chip.type = "button";
        chip.className = "span-chip";
        chip.dataset.start = mark.start;
        const words = document.createElement("bdi");
        words.textContent = this.textOf(mark);
        chip.append(words, " ×");
        chip.setAttribute("aria-label", _("Remove the mark on {words}", { words: words.textContent }));
        return chip;
      });
      fieldset.querySelector("[data-spans-given]").replaceChildren(...chips);
    });
  }
}
