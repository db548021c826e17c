/** What may be uploaded: told before anything is sent. */

import { settings, word } from "./page.js";

const kinds = settings.accept.split(",").map((kind) => kind.trim().toLowerCase());
const MIB = 1024 * 1024;

/** The sentence that turns `file` down, or null. */
export function objection(file) {
  if (!kinds.some((kind) => fits(file, kind))) {
    const named = kinds.filter((kind) => kind.startsWith(".")).map((kind) => kind.slice(1));
    return word("wrong_kind", { kinds: named.join(" ") });
  }
  if (file.size === 0) return word("empty");
  if (file.size <= settings.maxBytes) return null;
  return word("too_big", { size: size(file.size), limit: size(settings.maxBytes) });
}

/** Whether `file` may be one of an album. */
export function isPicture(file) {
  return file.type.startsWith("image/");
}

/** A number of bytes as people read it. */
export function size(bytes) {
  if (bytes < MIB) return `${Math.max(1, Math.round(bytes / 1024))} KB`;
  return `${(bytes / MIB).toFixed(1).replace(/\.0$/, "")} MB`;
}

function fits(file, kind) {
  if (kind.startsWith(".")) return file.name.toLowerCase().endsWith(kind);
  if (kind.endsWith("/*")) return file.type.startsWith(kind.slice(0, -1));
  return file.type === kind;
}
