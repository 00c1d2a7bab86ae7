// The sentences that come next: fetched and made ready before they are needed.

const WANTED = 3;

export class Ahead {
  /** `prepare(next)` makes a section of what the server sent. */
  constructor({ prepare }) {
    this.prepare = prepare;
    this.sections = [];
    this.wanted = WANTED;
  }

  get units() {
    return this.sections.map((section) => section.dataset.unit);
  }

  find(unit) {
    return this.sections.find((section) => section.dataset.unit === unit);
  }

  remove(unit) {
    this.sections = this.sections.filter((section) => section.dataset.unit !== unit);
  }

  clear() {
    this.sections = this.sections.filter((section) => section.desk.form.isTouched);
  }

  take() {
    return this.sections.shift();
  }

  putBack(section) {
    this.remove(section.dataset.unit);
    this.sections.unshift(section);
  }

  /**
   * Bring them into the server's order; false if it took one for being here that is not any more. What was begun or
   * taken back stays, and so does `shown`, which was on the screen when the server was asked and is not in its list.
   */
  sync(list, { isAnswered, isOutdated, shown }) {
    const there = new Map(this.sections.map((section) => [section.dataset.unit, section]));
    const wanted = list.filter((next) => !isAnswered(next.unit));
    const listed = new Set(wanted.map((next) => next.unit));
    const isOpen = (section) => section.desk.form.isTouched || section.isReturned || section.dataset.unit === shown;
    const begun = this.sections.filter((section) => !listed.has(section.dataset.unit) && isOpen(section));
    if (isOutdated) there.clear();
    const made = wanted.map((next) => there.get(next.unit) ?? (next.html ? this.prepare(next) : null));
    this.sections = [...begun, ...made.filter(Boolean)];
    return made.every(Boolean);
  }
}
