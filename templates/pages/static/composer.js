/** The field one writes in: it grows, counts, keeps its draft, and says what is expected. */

import { count } from "./count.js";
import { draft } from "./draft.js";
import { word } from "./page.js";

const desktop = matchMedia("(hover: hover) and (pointer: fine)");

export class Composer {
  #form = document.getElementById("composer");
  #field = document.getElementById("text");
  #count = document.getElementById("count");
  #more = document.getElementById("more");
  #limit = null;

  /** `onSend(text)` must have the text safe when it returns. */
  constructor({ onSend }) {
    this.onSend = onSend;
    this.#form.addEventListener("submit", (event) => this.#send(event));
    this.#field.addEventListener("input", () => this.#changed());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.put(draft.read());
    if (desktop.matches) this.#field.focus();
  }

  /** Says what the assistant expects now. */
  expect({ kind, limit }) {
    this.#field.placeholder = word(`ask_${kind}`);
    this.#more.classList.toggle("wanted", kind === "files");
    this.#limit = limit;
    this.#changed();
  }

  /** Puts `text` into the field. */
  put(text) {
    this.#field.value = text;
    this.#changed();
  }

  /** Puts `text` back to be changed, before anything written meanwhile. */
  putBack(text) {
    this.put([text, this.#field.value].filter(Boolean).join("\n"));
    this.#field.focus();
  }

  #send(event) {
    event.preventDefault();
    const text = this.#field.value.trim();
    if (!text) return;
    this.onSend(text);
    this.put("");
    this.#field.focus();
  }

  /** Enter sends where there is a keyboard; the Enter that ends the choice of a character never does. */
  #key(event) {
    const choosing = event.isComposing || event.keyCode === 229;
    if (event.key !== "Enter" || event.shiftKey || choosing || !desktop.matches) return;
    this.#send(event);
  }

  #changed() {
    const { value } = this.#field;
    draft.write(value);
    this.#field.parentElement.dataset.text = value; // its unseen copy gives the field its height
    this.#number();
  }

  #number() {
    const limit = this.#limit;
    const used = limit ? count(this.#field.value) : 0;
    const values = { count: used, limit, over: used - limit };
    this.#count.textContent = limit ? word(used > limit ? "over" : "count", values) : "";
    this.#count.classList.toggle("over", Boolean(limit) && used > limit);
  }
}
