/** Growing pauses between tries, cut short when the network or the reader comes back. */

const FIRST_MS = 500;
const LONGEST_MS = 15_000;

export class Backoff {
  #next = FIRST_MS;

  reset() {
    this.#next = FIRST_MS;
  }

  /** Resolves after the pause now due, or when `signal` aborts. Some chance keeps tabs from returning in one instant. */
  async pause(signal) {
    const pause = this.#next * (0.8 + 0.2 * Math.random());
    this.#next = Math.min(this.#next * 2, LONGEST_MS);
    const back = new AbortController();
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      back.signal.addEventListener("abort", () => clearTimeout(timer));
      signal?.addEventListener("abort", resolve, { signal: back.signal });
      onReturn(resolve, back.signal);
    });
    back.abort();
  }
}

/** Calls `then` whenever the network is back or the page is looked at again, until `signal` aborts. */
export function onReturn(then, signal) {
  addEventListener("online", then, { signal });
  document.addEventListener("visibilitychange", () => document.hidden || then(), { signal });
}
