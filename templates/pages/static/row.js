/** An upload as its reader sees it: name, bar, percent, a word, and a button to be rid of it. */

import { make, word } from "./page.js";
import { size } from "./kinds.js";

export class Row {
  #list = document.getElementById("uploads");
  #bar;
  #percent = make("span");
  #word = make("span", { className: "word", role: "status" });
  #button = make("button", { type: "button" });

  /** `onClose` hears the button: 取消 on the way, 知道了 after a refusal. */
  constructor({ name, size: bytes }, onClose) {
    this.name = name;
    this.#bar = make("progress", { max: bytes, value: 0, ariaLabel: word("progress", { name }) });
    this.#button.addEventListener("click", onClose);
    const meter = make("span", { className: "meter" }, this.#bar, this.#percent);
    const title = make("span", { className: "name", textContent: `${name}（${size(bytes).replace(" ", "\u00a0")}）` });
    this.element = make("li", { className: "upload" }, title, meter, this.#word, this.#button);
    this.#list.append(this.element);
    this.progress(0);
    this.state("waiting");
  }

  /** `bytes` have gone. The whole is only said once the server has it. */
  progress(bytes) {
    this.#bar.value = bytes;
    this.#percent.textContent = `${Math.floor((100 * bytes) / this.#bar.max)}%`;
  }

  /** waiting | sending | resuming | received | unfinished | refused; the last with the sentence that says why. */
  state(state, sentence) {
    const over = state === "refused";
    if (over) this.#list.prepend(this.element); // where it is seen
    this.element.dataset.state = state;
    this.#word.textContent = state === "sending" ? "" : (sentence ?? word(state));
    this.#bar.parentElement.hidden = !["sending", "resuming", "received"].includes(state);
    this.#button.hidden = state === "received";
    this.#button.textContent = word(over ? "close" : "cancel");
    this.#button.ariaLabel = word(over ? "close_named" : "cancel_named", { name: this.name });
  }

  /** Goes, and hands the keyboard on if it was here. */
  remove() {
    const held = this.element.contains(document.activeElement);
    this.element.remove();
    if (held) (this.#list.querySelector("button:not([hidden])") ?? document.getElementById(this.#list.dataset.next)).focus();
  }
}
