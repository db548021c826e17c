/** One message of the conversation as elements. */

import { link, withLinks } from "./links.js";
import { make, word } from "./page.js";
import { size } from "./kinds.js";

const WIDEST = { 2: 7.5, 3: 4.5 }; // characters of a label, by how many stand in a row

/** Fills `article` with `message`, in place of what it held; `onPress(button, choice, event)` hears its buttons. */
export function fill(article, message, onPress) {
  const held = article.contains(document.activeElement) && document.activeElement.textContent;
  article.classList.remove("answered");
  article.replaceChildren(
    make("span", { className: "unseen", textContent: word(message.from) }),
    bubble(message),
    ...choices(message.buttons?.flat() ?? [], onPress),
  );
  if (held !== false) refocus(article, held);
}

/** The bubble alone: words, picture, file. */
export function bubble({ parts, picture, file }) {
  const said = parts.map(({ kind, text }) =>
    make(kind === "quote" ? "blockquote" : "p", { className: `part ${kind}` }, ...withLinks(text)),
  );
  const shown = picture ? pictured(picture, file) : file && filed(file);
  return make("div", { className: "bubble" }, ...said, shown);
}

/** Marks `button` as the choice made among its message's buttons, or takes the mark back. */
export function mark(button, chosen = true) {
  const article = button.closest(".message");
  for (const other of article.querySelectorAll("[aria-pressed]")) other.removeAttribute("aria-pressed");
  article.classList.toggle("answered", chosen);
  if (chosen) button.setAttribute("aria-pressed", "true");
}

function pictured(url, file) {
  return link(url, { className: "picture" }, make("img", { src: url, alt: file?.name ?? word("picture") }));
}

function filed({ url, name, size: bytes }) {
  const label = make("span", {}, name, make("small", { textContent: bytes ? size(bytes) : "" }));
  return link(url, { className: "file" }, label);
}

function choices(buttons, onPress) {
  if (!buttons.length) return [];
  const group = make("div", { className: "choices", role: "group", ariaLabel: word("choices") });
  for (const row of rows(buttons)) {
    for (const choice of row) {
      const button = make("button", { type: "button", className: `of-${row.length}`, textContent: choice.label });
      button.classList.toggle("primary", choice.style === "primary");
      button.addEventListener("click", (event) => onPress(button, choice, event));
      group.append(button);
    }
  }
  return [group];
}

/** The buttons in rows that a phone holds with each label on one line, and no row left half empty. */
function rows(buttons) {
  if (!buttons.length) return [];
  const narrow = (many) => buttons.slice(0, many).every(({ label }) => width(label) <= WIDEST[many]);
  const fits = (many) => buttons.length >= many && narrow(many);
  const many = buttons.length !== 4 && fits(3) ? 3 : fits(2) ? 2 : 1;
  return [buttons.slice(0, many), ...rows(buttons.slice(many))];
}

/** The width of a label in Chinese characters. */
function width(label) {
  return Array.from(label).reduce((sum, character) => sum + (character < "\u2000" ? 0.55 : 1), 0);
}

/** Keeps the keyboard where it was when the button under it has been replaced. */
function refocus(article, label) {
  const buttons = Array.from(article.querySelectorAll("button"));
  const next = buttons.find((button) => button.textContent === label) ?? buttons[0] ?? article;
  if (next === article) article.tabIndex = -1;
  next.focus({ preventScroll: true });
}
