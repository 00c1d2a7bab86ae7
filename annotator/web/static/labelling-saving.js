// Sends acts behind the annotator's back: what is not confirmed stays here, in order, and is tried again.

import { _ } from "./words.js";

const WAITS = [1000, 2000, 5000, 10000];
const TIMEOUT = 20000;
const MOST = 25;
/** Answers after which trying again may help: a busy, full or restarting server. */
const PASSING = new Set([408, 425, 429]);

/** A UUID; crypto.randomUUID is missing on plain HTTP. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** A frame that was painted is another on its way to the screen; what runs meanwhile delays it where cores are few. */
const ONE_FRAME = 16;

/** Do something once what was just changed is on the screen; a page in the background paints nothing and need not wait. */
export function soon(act) {
  const timer = setTimeout(act, 100);
  requestAnimationFrame(() => {
    clearTimeout(timer);
    setTimeout(act, ONE_FRAME);
  });
}

/** The sentences of an error the server sent. */
export async function sentences(answer) {
  try {
    const said = await answer.json();
    return (said.problems?.length ? said.problems : [said.error]).join(" ");
  } catch {
    return _("The server answered with an error ({status}).", { status: answer.status });
  }
}

export class Sender {
  /**
   * `wanted()` says what the page has and needs, `took(answer, records)` takes the server's answer up,
   * `report(state)` shows how things stand.
   */
  constructor({ labelUrl, person, project, store, wanted, took, report }) {
    Object.assign(this, { labelUrl, person, project, store, wanted, took, report });
    this.token = document.querySelector('meta[name="csrf-token"]').content;
    this.waiting = [];
    this.underWay = [];
    this.refused = [];
    this.strangers = 0;
    this.trouble = null;
    this.order = Date.now();
    addEventListener("online", () => this.wake());
    addEventListener("focus", () => this.wake());
  }

  /** Fetch from the page's own address; rejects without a network. */
  async fetch(path, body) {
    const options = { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(TIMEOUT) };
    if (body !== undefined) {
      options.method = "POST";
      options.headers["Content-Type"] = "application/json";
      options.headers["X-CSRFToken"] = this.token;
      options.body = JSON.stringify(body);
    }
    return fetch(this.labelUrl + path, options);
  }

  /** Take up what an earlier page left behind; the next sentences need not wait for it. */
  async resume() {
    this.exchange();
    for (const record of await this.store.all()) {
      if (record.project !== this.project) continue;
      if (record.person !== this.person) this.strangers += 1;
      else (record.problems ? this.refused : this.waiting).push(record);
      this.order = Math.max(this.order, record.order);
    }
    if (this.waiting.length) this.exchange();
    else this.report();
  }

  /** Keep an act and send it soon; nobody has to wait for either. */
  add(act) {
    this.order += 1;
    const record = { ...act, person: this.person, project: this.project, order: this.order };
    this.waiting.push(record);
    this.report();
    soon(() => {
      // An exchange may have taken it along already, and have had it confirmed.
      if (this.waiting.includes(record)) this.store.put(record).then(() => this.report());
      if (this.waiting.includes(record) && !this.underWay.includes(record)) this.exchange();
    });
  }

  /** Let go of acts that were refused. */
  drop(keys) {
    this.refused = this.refused.filter((record) => !keys.includes(record.key));
    this.store.remove(keys);
    this.report();
  }

  get unsent() {
    return this.waiting.length + this.refused.length;
  }

  /** Send what waits and fetch what comes next; one call is under way at a time. */
  exchange() {
    this.isAsked = true;
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async run() {
    for (let failures = 0; this.isAsked; ) {
      this.isAsked = false;
      this.report();
      const records = this.waiting.slice(0, failures && this.isSuspect ? 1 : MOST);
      this.underWay = records;
      const answer = await this.attempt(records);
      this.underWay = [];
      if (answer) {
        failures = 0;
        this.trouble = null;
        this.isRenewed = false;
        this.settle(answer, records);
        if (answer.left) this.trouble = { state: "barred", words: answer.left };
        if (this.waiting.length) this.isAsked = true;
      } else if (this.trouble) {
        this.report();
        await this.wait(WAITS[Math.min(failures, WAITS.length - 1)]);
        failures += 1;
        this.isAsked = true;
      }
    }
    this.report();
  }

  async attempt(records) {
    let answer;
    const acts = records.map(({ unit, fields, first }) => ({ unit, fields, first }));
    try {
      answer = await this.fetch("/acts", { acts, person: this.person, ...this.wanted() });
      if (answer.ok) return await answer.json();
    } catch {
      this.trouble = { state: "offline" };
      return null;
    }
    if (answer.status === 400 || answer.status === 401) return this.renew(answer);
    const words = await sentences(answer);
    if (answer.status >= 500 || PASSING.has(answer.status)) this.trouble = { state: "waiting", words };
    else if (answer.status === 422 && records.length > 1) {
      // One of them cannot be read: sent one by one, the others are not held up.
      this.isSuspect = true;
      this.trouble = { state: "waiting", words };
    } else if (answer.status === 422 && records.length) {
      this.trouble = null;
      this.refuse(records[0], [words]);
      this.isAsked = true;
    } else this.trouble = { state: answer.status === 409 ? "signed-out" : "barred", words };
    return null;
  }

  /** Results come in the order of the acts. */
  settle(answer, records) {
    const done = [];
    records.forEach((record, index) => {
      const result = answer.results[index];
      if (result.status === "refused") this.refuse(record, result.problems);
      else done.push(record.key);
    });
    this.waiting = this.waiting.filter((record) => !done.includes(record.key));
    if (done.length) this.store.remove(done);
    this.isSuspect = this.isSuspect && this.waiting.length > 0;
    // Who may not label any more is told that it is stored, and nothing besides.
    if (!answer.left) this.took(answer, records);
  }

  refuse(record, problems) {
    this.waiting = this.waiting.filter((other) => other !== record);
    record.problems = problems;
    this.refused.push(record);
    this.store.put(record);
  }

  /** The session may have ended, or a new one begun in another tab: go on only as the same person. */
  async renew(refused) {
    const words = await sentences(refused);
    let status = null;
    try {
      const answer = await this.fetch("/status");
      status = answer.ok ? await answer.json() : null;
    } catch {
      status = null;
    }
    if (status === null) this.trouble = { state: "signed-out", words: _("you are signed out") };
    else if (status.person !== this.person) this.trouble = { state: "signed-out", words: _("somebody else is signed in here now") };
    else {
      this.token = status.csrf_token;
      if (this.isRenewed) this.trouble = { state: "barred", words };
      else this.isRenewed = this.isAsked = true;
    }
    return null;
  }

  wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.stopWaiting(), milliseconds);
      this.stopWaiting = () => {
        clearTimeout(timer);
        this.stopWaiting = null;
        resolve();
      };
    });
  }

  /** Try again now. */
  wake() {
    if (this.stopWaiting) this.stopWaiting();
    else if (this.waiting.length) this.exchange();
  }
}

/** Seconds a person was at work: time between two signs of life counts up to half a minute. */
export class Clock {
  constructor() {
    this.total = 0;
    this.restart();
    for (const sign of ["keydown", "pointerdown", "pointermove", "wheel", "scroll"]) {
      addEventListener(sign, () => this.tick(), { passive: true, capture: true });
    }
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.last = performance.now();
      else this.tick();
    });
  }

  restart() {
    this.spent = 0;
    this.last = performance.now();
  }

  tick() {
    const now = performance.now();
    const passed = Math.min(now - this.last, 30000);
    this.spent += passed;
    this.total += passed;
    this.last = now;
  }

  seconds() {
    this.tick();
    return Math.round(this.spent) / 1000;
  }
}
