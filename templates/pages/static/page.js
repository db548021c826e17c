/** What the server wrote into this page: settings on <body>, words in a JSON block; and what this tab remembers. */

const { dataset } = document.body;
const words = JSON.parse(document.getElementById("words").textContent);

export const settings = {
  key: dataset.key,
  accept: dataset.accept,
  maxBytes: Number(dataset.maxBytes),
  chunkBytes: Number(dataset.chunkBytes),
  uploads: dataset.uploads ?? "/api/uploads",
  remembers: null, // under what name this browser remembers; null: this tab does, by its key
};

/** The page's wording of `name`, its {slots} filled from `values`. */
export function word(name, values = {}) {
  return words[name].replace(/\{(\w+)\}/g, (_, slot) => values[slot]);
}

/** What outlives a reload, kept apart for each key (or name) so that one person never sees another's. */
export const memory = {
  read(name, otherwise) {
    return JSON.parse(store().getItem(`${name}:${settings.remembers ?? settings.key}`)) ?? otherwise;
  },
  write(name, value) {
    store().setItem(`${name}:${settings.remembers ?? settings.key}`, JSON.stringify(value));
  },
};

function store() {
  return settings.remembers === null ? sessionStorage : localStorage;
}

/** An element with its properties set and its children inside; text goes in as text only. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children.filter(Boolean));
  return element;
}

/** A random UUID, version 4. crypto.randomUUID is missing on plain http, which a demonstration on a phone uses. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
