/** Times as people say them, by the clock of the server's zone (the offset in the message), not of the phone. */

import { word } from "./page.js";

const DAY_MS = 86_400_000;
const FORM = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)[^Z+-]*(Z|[+-]\d+:\d+)$/;

/** 今天 09:12, 昨天 17:30, 9月5日 09:12, or with the year if it is not this one. `at` is ISO 8601 with an offset. */
export function when(at, now = Date.now()) {
  const [, year, month, day, clock, zone] = FORM.exec(at);
  const today = new Date(now + offsetMs(zone));
  const daysAgo = Math.floor(today / DAY_MS) - Date.UTC(year, month - 1, day) / DAY_MS;
  const parts = { year, month: Number(month), day: Number(day), clock };
  if (daysAgo === 0) return word("today", parts);
  if (daysAgo === 1) return word("yesterday", parts);
  return word(today.getUTCFullYear() === Number(year) ? "this_year" : "other_year", parts);
}

function offsetMs(zone) {
  if (zone === "Z") return 0;
  const [hours, minutes] = zone.slice(1).split(":").map(Number);
  return (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
