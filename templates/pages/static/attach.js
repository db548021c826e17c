/** The ways a file comes into the chat: the sheet behind ＋, dropping, pasting. */

import { chooser, drops, pastes } from "./choose.js";

const sheet = document.getElementById("attach");
const more = document.getElementById("more");

/** Wires them all to `onFiles(files)`. */
export function attach(onFiles) {
  more.addEventListener("click", () => show(sheet.hidden));
  document.addEventListener("keydown", (event) => event.key === "Escape" && close());
  document.addEventListener("click", ({ target }) => sheet.contains(target) || more.contains(target) || show(false));
  const chosen = (files) => {
    close();
    onFiles(files);
  };
  chooser("pick", "files", chosen);
  chooser("shoot", "camera", chosen);
  drops(document.getElementById("phone"), onFiles);
  pastes(onFiles);
}

function show(open) {
  sheet.hidden = !open;
  more.setAttribute("aria-expanded", String(open));
  if (open) sheet.querySelector("button").focus();
}

function close() {
  const inside = sheet.contains(document.activeElement);
  show(false);
  if (inside) more.focus();
}
