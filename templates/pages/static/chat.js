/** The chat page put together. */

import { Ended } from "./api.js";
import { attach } from "./attach.js";
import { onReturn } from "./backoff.js";
import { mark } from "./bubble.js";
import { Composer } from "./composer.js";
import { history } from "./history.js";
import { Outbox } from "./outbox.js";
import { word } from "./page.js";
import { Pending } from "./pending.js";
import { setUpScreen } from "./screen.js";
import { Scroller } from "./scroller.js";
import { Stream } from "./stream.js";
import { Uploads } from "./uploads.js";
import { View } from "./view.js";

const UNDER_THE_FINGER_MS = 400;
const SAME_PRESS_MS = 1000;

const byId = (id) => document.getElementById(id);
const pressed = new Map(); // this tab's presses: id of the delivery → its button
let movedAt = -Infinity; // when news last pushed the conversation up
let aside; // a text that is kept nowhere, this page's memory apart, while it is asked whether it may be kept

setUpScreen();
const scroller = new Scroller();
const view = new View({ onPress });
const pending = new Pending({ onAgain });
const outbox = new Outbox({ onState: onSaid, onEnded });
const composer = new Composer({ onSend: say });
const uploads = new Uploads({ seen: () => view.seen, onEnded });
const stream = new Stream({ lastId: () => view.newest, onMessage, onState, onEnded });

attach((files) => uploads.add(files));
outbox.resume();
onReturn(() => view.retime());
byId("earlier").addEventListener("click", showEarlier);
for (const button of byId("quick").children) {
  button.addEventListener("click", () => offer({ press: button.dataset.press, label: button.textContent }));
}
start();

async function start() {
  const page = await past();
  if (!page) return;
  page.messages.forEach(show);
  byId("loading").remove();
  byId("earlier").hidden = !page.more;
  byId("hello").hidden = page.messages.length > 0;
  scroller.toEnd();
  composer.expect(view.asks);
  requestAnimationFrame(() => byId("log").setAttribute("aria-busy", "false"));
  stream.run();
}

async function showEarlier() {
  const earlier = byId("earlier");
  if (earlier.ariaDisabled === "true") return;
  earlier.ariaDisabled = "true"; // not disabled: that would take the keyboard away
  const page = await past(Math.ceil(view.oldest));
  earlier.ariaDisabled = "false";
  if (!page) return;
  const held = document.activeElement === earlier;
  byId("log").setAttribute("aria-busy", "true");
  scroller.above(() => {
    page.messages.forEach(show);
    earlier.hidden = !page.more;
  });
  if (earlier.hidden && held) byId("frame").focus({ preventScroll: true });
  requestAnimationFrame(() => byId("log").setAttribute("aria-busy", "false"));
}

/** A page of the past, or nothing if the sign-in has ended. */
async function past(before) {
  try {
    return await history(before, onState);
  } catch (error) {
    if (error instanceof Ended) return onEnded();
    throw error;
  }
}

/** Shows a message, and before it what it answers, which is no longer pending; the question that was answered is marked. */
function show(message) {
  if (message.said) show({ ...message.said, id: message.id - 0.5, from: "me", at: message.at });
  if (!view.show(message)) return false;
  if (message.from === "me") {
    if (!pressed.has(message.delivery)) view.markAnswer(message);
    if (message.returns && aside) composer.putBack(aside);
    aside = message.asked ? pending.text(message.delivery) : "";
    outbox.forget(message.delivery);
    pending.drop(message.delivery);
  }
  uploads.shown(message);
  return true;
}

function onMessage(message) {
  if (!show(message)) return;
  if (scroller.arrived()) movedAt = performance.now();
  composer.expect(view.asks);
}

function say(text) {
  offer({ text });
}

function offer(said) {
  outbox.add({ ...said, seen: view.seen });
  scroller.toEnd();
}

/** A second press of a trembling finger is none, on the same button or on one that has just slid under it. */
function onPress(button, { press, label }, event) {
  const now = performance.now();
  if (event.detail > 1 || outbox.holds(press)) return;
  if (event.pointerType === "touch" && now - movedAt < UNDER_THE_FINGER_MS) return;
  if (button.ariaPressed === "true" && now - button.pressedAt < SAME_PRESS_MS) return;
  button.pressedAt = now;
  mark(button);
  pressed.set(outbox.add({ press, label, seen: view.seen }), button);
  scroller.toEnd();
}

function onSaid(said, state, sentence) {
  pending.show(said, state, sentence);
  const button = pressed.get(said.id);
  if (state === "refused" && button?.isConnected) mark(button, false);
}

function onAgain(said) {
  outbox.forget(said.id);
  pending.drop(said.id);
  composer.putBack(said.text);
}

function onState(whole) {
  byId("state").textContent = whole ? "" : word("broken");
}

/** The conversation stays to be read; nothing more can be said here. */
function onEnded() {
  onState(true);
  byId("loading")?.remove();
  byId("foot").hidden = true;
  byId("ended").hidden = false;
  byId("ended").focus();
}
