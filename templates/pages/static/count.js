/** 字数 as a word processor counts. */

const WIDE = /[\p{Script=Han}\u3001-\u30ff\uff01-\uff60\uffe0-\uffe6\u00b7\u2014\u2018\u2019\u201c\u201d\u2026]/gu;

/** Each Chinese character or full-width mark is 1, each run of other characters without a space is 1. */
export function count(text) {
  const wide = text.match(WIDE)?.length ?? 0;
  const runs = text.replace(WIDE, " ").match(/\S+/g)?.length ?? 0;
  return wide + runs;
}
