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
   * taken back stays behind them, and `shown`, which was on the screen when the server was asked, before them.
   */
  sync(list, { isAnswered, isOutdated, shown }) {
    const there = new Map(this.sections.map((section) => [section.dataset.unit, section]));
    const wanted = list.filter((next) => !isAnswered(next.unit));
    const listed = new Set(wanted.map((next) => next.unit));
    const isLeft = (section) => !listed.has(section.dataset.unit);
    const first = this.sections.filter((section) => isLeft(section) && section.dataset.unit === shown);
    const last = this.sections.filter((section) => isLeft(section) && !first.includes(section) && (section.desk.form.isTouched || section.isReturned));
    if (isOutdated) there.clear();
    const made = wanted.map((next) => there.get(next.unit) ?? (next.html ? this.prepare(next) : null));
    this.sections = [...first, ...made.filter(Boolean), ...last];
    return made.every(Boolean);
  }
}
