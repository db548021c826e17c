/** What the reader said and the server has not shown yet, below the conversation. */

import { bubble } from "./bubble.js";
import { make, word } from "./page.js";

export class Pending {
  #root = document.getElementById("pending");
  #shown = new Map();

  /** `onAgain(said)`: the reader takes a refused text back to change it. */
  constructor({ onAgain }) {
    this.onAgain = onAgain;
  }

  /** Shows `said` in its present state; "sent" has no note. */
  show(said, state, sentence) {
    const article = this.#shown.get(said.id) ?? this.#open(said);
    if (!article) return;
    article.querySelector(".note")?.remove();
    if (state === "sent") return;
    const note = make("p", { className: "note", role: "status" });
    note.dataset.state = state;
    note.append(sentence ?? word(state));
    if (state === "refused" && said.text) note.append(this.#again(said));
    article.append(note);
  }

  /** The text of `id`, as long as it is shown here. */
  text(id) {
    return this.#shown.get(id)?.said.text;
  }

  /** Takes `id` away: the conversation itself shows it now, or the reader has taken it back. */
  drop(id) {
    this.#shown.get(id)?.remove();
    this.#shown.set(id, null);
  }

  #open(said) {
    if (this.#shown.has(said.id)) return null;
    const article = make("article", { className: "message mine", said });
    article.append(bubble({ parts: [{ kind: "text", text: said.text ?? said.label }] }));
    this.#root.append(article);
    this.#shown.set(said.id, article);
    return article;
  }

  #again(said) {
    const button = make("button", { type: "button", textContent: word("again") });
    button.addEventListener("click", () => this.onAgain(said));
    return button;
  }
}
