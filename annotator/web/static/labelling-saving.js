// Sends acts until the server has confirmed or refused them. What is not confirmed stays on the screen.

const WAITS = [1500, 3000, 6000, 10000];
const TIMEOUT = 20000;

/** A UUID; crypto.randomUUID is missing on plain HTTP. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The sentences of an error the server sent. */
async function sentences(answer) {
  try {
    const said = await answer.json();
    return (said.problems?.length ? said.problems : [said.error]).join(" ");
  } catch {
    return `The server answered with an error (${answer.status}).`;
  }
}

export class Saver {
  /** `report(state, words)` shows how things stand: "saved", "saving", "waiting", "refused" or "signed-out". */
  constructor({ labelUrl, person, report }) {
    this.labelUrl = labelUrl;
    this.person = person;
    this.report = report;
    this.token = document.querySelector('meta[name="csrf-token"]').content;
    this.isBusy = false;
    addEventListener("online", () => this.wake?.());
    addEventListener("focus", () => this.wake?.());
  }

  /** Fetch JSON; rejects without a network. */
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

  /** Send acts and return the server's answer, or null if it refused them: then its sentence is shown. */
  async send(body) {
    this.isBusy = true;
    this.report("saving", "saving…");
    try {
      for (let attempt = 0; ; attempt += 1) {
        const outcome = await this.attempt(body);
        if (outcome.done !== undefined) return outcome.done;
        await this.wait(WAITS[Math.min(attempt, WAITS.length - 1)]);
      }
    } finally {
      this.isBusy = false;
    }
  }

  async attempt(body) {
    let answer;
    try {
      answer = await this.fetch("/acts", { ...body, person: this.person });
      if (answer.ok) {
        const done = await answer.json();
        this.report("saved", "all saved");
        return { done };
      }
    } catch {
      this.report("waiting", "not saved: no connection to the server. Your answers are kept here; trying again");
      return {};
    }
    if (answer.status === 400 || answer.status === 401) return this.renew(answer);
    const words = await sentences(answer);
    if (answer.status >= 500 || answer.status === 408 || answer.status === 429) {
      this.report("waiting", `not saved: ${words} Your answers are kept here; trying again`);
      return {};
    }
    this.report("refused", `not saved: ${words}`);
    return { done: null };
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
    if (status === null) {
      this.report("signed-out", "not saved: you are signed out. Your answers are kept here");
      return {};
    }
    if (status.person !== this.person) {
      this.report("signed-out", "not saved: somebody else is signed in here now. Your answers are kept here");
      return {};
    }
    if (status.csrf_token === this.token) {
      this.report("refused", `not saved: ${words}`);
      return { done: null };
    }
    this.token = status.csrf_token;
    return {};
  }

  wait(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Seconds a person was at work: time between two signs of life counts up to half a minute. */
export class Clock {
  constructor() {
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
    this.spent += Math.min(now - this.last, 30000);
    this.last = now;
  }

  seconds() {
    this.tick();
    return Math.round(this.spent) / 1000;
  }
}
