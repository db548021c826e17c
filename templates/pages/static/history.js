/** What was said before this page was opened. */

import { call, Unreachable } from "./api.js";
import { Backoff } from "./backoff.js";

const PAGE = 50;

/** The messages before id `before`, or the newest: {messages, more}. Asks until it has them; `onState(whole)`. */
export async function history(before, onState) {
  const backoff = new Backoff();
  const query = new URLSearchParams({ ...(before && { before }), limit: PAGE });
  for (;;) {
    try {
      const page = await call("GET", `/api/messages?${query}`);
      onState(true);
      return page;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      onState(false);
      await backoff.pause();
    }
  }
}
