/** The conversation as shown: each message once, in order of id, its edits in its own place. */

import { fill, mark } from "./bubble.js";
import { make } from "./page.js";
import { when } from "./when.js";

const SAME_TIME_MS = 5 * 60_000;

export class View {
  #root = document.getElementById("messages");
  #entries = []; // in order of id
  #byId = new Map(); // an edit's id leads to the entry whose content it is now
  #newest = 0;
  #oldest = Infinity;
  #heard = null; // the assistant's newest message
  #asked = null; // its newest message that is an answer to this reader, not news of somebody else's doing

  /** `onPress(button, choice, event)` hears every button of the conversation. */
  constructor({ onPress }) {
    this.onPress = onPress;
  }

  /** The newest id shown, whoever's it is. */
  get newest() {
    return this.#newest;
  }

  /** The id of the assistant's newest message, 0 if there is none. */
  get seen() {
    return this.#heard?.id ?? 0;
  }

  /** What the assistant asks for now: {kind, limit}. */
  get asks() {
    return this.#asked?.asks ?? { kind: "none", limit: null };
  }

  /** The oldest id met, were it only an edit: where the past goes on. */
  get oldest() {
    return this.#oldest;
  }

  /** Shows `message`; returns false if it was there already. */
  show(message) {
    this.#oldest = Math.min(this.#oldest, message.id);
    if (this.#byId.has(message.id)) return false;
    const entry = this.#byId.get(message.edits) ?? this.#insert(message);
    this.#byId.set(message.id, entry);
    // An edit of something older than what is loaded stands in its stead: the old wording is no longer wanted.
    if (message.edits) this.#byId.set(message.edits, entry);
    if (message.id >= entry.version) this.#write(entry, message);
    this.#newest = Math.max(this.#newest, message.id);
    if (message.from === "assistant" && message.id > this.seen) this.#heard = message;
    if (message.from === "assistant" && !message.news && message.id > (this.#asked?.id ?? 0)) this.#asked = message;
    this.#enliven();
    return true;
  }

  /** Marks the choice that `message`, which the reader typed or pressed anywhere, made among the question's buttons. */
  markAnswer(message) {
    const before = this.#entries.filter((entry) => entry.version < message.id && entry.buttons.length);
    const label = message.parts[0]?.text;
    const button = before.at(-1)?.buttons.find((one) => one.textContent === label);
    if (button) mark(button);
  }

  /** Says the times afresh, since 今天 turns into 昨天. */
  retime() {
    this.#entries.forEach((_, i) => this.#time(i));
  }

  #insert(message) {
    const entry = {
      buttons: [],
      id: message.id,
      at: message.at,
      version: 0,
      when: make("p", { className: "when" }),
      article: make("article", { className: message.from === "me" ? "message mine" : "message" }),
    };
    const place = this.#entries.findLastIndex((one) => one.id < message.id) + 1;
    const next = this.#entries[place]?.when ?? null;
    this.#root.insertBefore(entry.when, next);
    this.#root.insertBefore(entry.article, next);
    this.#entries.splice(place, 0, entry);
    this.#time(place);
    this.#time(place + 1);
    return entry;
  }

  #write(entry, message) {
    entry.version = message.id;
    entry.article.dataset.id = message.id;
    fill(entry.article, message, this.onPress);
    entry.news = Boolean(message.news);
    entry.buttons = Array.from(entry.article.querySelectorAll(".choices button"));
  }

  #time(place) {
    const entry = this.#entries[place];
    if (!entry) return;
    const before = this.#entries[place - 1];
    entry.when.hidden = Boolean(before) && Date.parse(entry.at) - Date.parse(before.at) < SAME_TIME_MS;
    entry.when.textContent = when(entry.at);
  }

  /** The last question is the live one, and whatever news came after it; the buttons of earlier ones are muted. */
  #enliven() {
    const last = this.#entries.findLastIndex((entry) => entry.buttons.length && !entry.news);
    this.#entries.forEach((entry, place) => entry.article.classList.toggle("live", place >= last && entry.buttons.length > 0));
  }
}
