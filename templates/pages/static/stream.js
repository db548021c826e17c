/**
 * The messages as they come. EventSource is not used: it hides the heartbeats, without which a dead line looks
 * like a quiet one, and the status 401.
 */

import { Ended, judge } from "./api.js";
import { Backoff, onReturn } from "./backoff.js";
import { EventReader } from "./events.js";
import { settings } from "./page.js";

const SILENCE_MS = 40_000;

export class Stream {
  #backoff = new Backoff();
  #line = new AbortController();
  #reopening = false;

  /** `lastId()` is the newest message shown; `onState(whole)` tells whether the line stands. */
  constructor({ lastId, onMessage, onState, onEnded }) {
    Object.assign(this, { lastId, onMessage, onState, onEnded });
  }

  /** Keeps a line open until the sign-in has ended. */
  async run() {
    onReturn(() => this.#drop());
    // A browser grants one host six connections: tabs that nobody looks at must not use them up.
    document.addEventListener("visibilitychange", () => document.hidden && this.#drop());
    for (;;) {
      await seen();
      this.#reopening = false;
      try {
        await this.#listen();
      } catch (error) {
        if (error instanceof Ended) return this.onEnded();
      }
      if (this.#reopening) continue;
      this.onState(false);
      await this.#backoff.pause();
    }
  }

  #drop() {
    this.#reopening = true;
    this.#line.abort();
  }

  async #listen() {
    const line = (this.#line = new AbortController());
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => line.abort(), SILENCE_MS);
    };
    try {
      heard();
      const query = new URLSearchParams({ after: this.lastId() });
      const response = await fetch(`/api/stream?${query}`, {
        headers: { "X-Key": settings.key, Accept: "text/event-stream" },
        cache: "no-store",
        signal: line.signal,
      });
      if (!response.ok) judge(response.status, await response.text());
      this.#backoff.reset();
      this.onState(true);
      await this.#read(response.body.getReader(), heard);
    } finally {
      clearTimeout(silence);
    }
  }

  async #read(pieces, heard) {
    const events = new EventReader();
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await pieces.read();
      if (done) return;
      heard();
      for (const { event, data } of events.read(decoder.decode(value, { stream: true }))) {
        if (event === "message") this.onMessage(JSON.parse(data));
      }
    }
  }
}

/** Resolves when the page is being looked at. */
function seen() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resolve) => {
    document.addEventListener("visibilitychange", resolve, { once: true });
  });
}
