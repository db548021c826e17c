/** Requests to the server, and the ways in which they can fail. */

import { settings, word } from "./page.js";

/** The server said no; the message is its sentence for the reader, and asking again is pointless. */
export class Refused extends Error {}

/** This tab is signed in no longer. */
export class Ended extends Error {}

/** No answer, or one that says nothing (5xx, a page put in between): the same request may be sent again. */
export class Unreachable extends Error {}

const PATIENCE_MS = 20_000;

/** One request with a JSON body; returns the JSON answered, or throws one of the three above. */
export async function call(method, path, body) {
  const control = new AbortController();
  const patience = setTimeout(() => control.abort(), PATIENCE_MS);
  try {
    const response = await fetch(path, {
      method,
      headers: { "X-Key": settings.key, ...(body && { "Content-Type": "application/json" }) },
      body: body && JSON.stringify(body),
      cache: "no-store",
      signal: control.signal,
    });
    return judge(response.status, await response.text());
  } catch (error) {
    throw error instanceof Refused || error instanceof Ended ? error : new Unreachable();
  } finally {
    clearTimeout(patience);
  }
}

/** The JSON of a good answer. A 200 without JSON is some gateway's page, not our server's word that all is saved. */
export function judge(status, text) {
  const answer = parse(text);
  if (status === 401) throw new Ended();
  if (status >= 400 && status < 500) throw new Refused(answer?.message ?? word("refused"));
  if (status < 200 || status >= 300 || answer === null) throw new Unreachable();
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
