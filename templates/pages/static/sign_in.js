/**
 * The form of the page: what stands behind the # of its address is put into its first field and taken out of the
 * address, so that it stays in no history; what is filled in is posted, and then the page goes where the answer says.
 */

import { call, Ended, Refused } from "./api.js";
import { uuid, word } from "./page.js";

const form = document.getElementById("form");
const told = document.getElementById("told");
const button = form.querySelector("button");
const fields = Array.from(form.elements).filter((element) => element.name);

/** Tries to send the same have one id: a server that took it, and was not heard, answers as it did. */
let sent = { as: null };

function takeFromAddress() {
  const given = location.hash.slice(1);
  if (!given || !fields.length) return;
  fields[0].value = given;
  history.replaceState(null, "", location.pathname);
  fields[1]?.focus();
}

async function send() {
  const empty = fields.find((field) => !field.value.trim());
  if (empty) {
    empty.focus();
    return word("incomplete");
  }
  const filled = Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]));
  const as = JSON.stringify(filled);
  if (sent.as !== as) sent = { id: uuid(), as };
  try {
    const { to } = await call("POST", location.pathname, { id: sent.id, ...filled });
    location.replace(to);
    return "";
  } catch (error) {
    if (error instanceof Ended) location.replace("/");
    if (!(error instanceof Refused)) return word("failed");
    sent = { as: null };
    return error.message;
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (button.ariaDisabled === "true") return;
  button.ariaDisabled = "true"; // not disabled: that would take the keyboard away
  told.textContent = "";
  told.textContent = await send();
  button.ariaDisabled = "false";
});
addEventListener("hashchange", takeFromAddress);
takeFromAddress();
button.disabled = false; // until now the browser would have posted the form itself
if ("atOnce" in form.dataset) form.requestSubmit();
else if (fields.length < 2) button.focus();
