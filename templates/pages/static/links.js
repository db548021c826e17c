/** Which addresses become links, and how they are written. */

import { make } from "./page.js";

const ADDRESS = /https?:\/\/[^\s<>"'\u2018-\u201d\u3000-\u303f\uff01-\uff60]+/g;

/** An anchor to `url` with `properties` and `children`, or a plain element where its scheme is not http or https. */
export function link(url, properties, ...children) {
  if (!safe(url)) return make("span", properties, ...children);
  return make("a", { ...properties, href: url, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

/** `text` as nodes, web addresses in it as links. */
export function withLinks(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const url = found.replace(/[.,;:!?)\]]+$/, "");
    nodes.push(text.slice(end, index), link(url, { textContent: url }));
    end = index + url.length;
  }
  return [...nodes, text.slice(end)];
}

function safe(url) {
  try {
    return ["http:", "https:"].includes(new URL(url, location.href).protocol);
  } catch {
    return false;
  }
}
