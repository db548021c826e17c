/** The upload page put together: it opens its link, takes files, and says how far they are. */

import { call, Ended, Refused } from "./api.js";
import { awake } from "./awake.js";
import { Backoff } from "./backoff.js";
import { chooser, drops, pastes } from "./choose.js";
import { size } from "./kinds.js";
import { settings, uuid, word } from "./page.js";
import { Uploads } from "./uploads.js";

const byId = (id) => document.getElementById(id);
let sum = { count: 0, received: 0, running: false };

addEventListener("hashchange", () => location.reload()); // another link, opened in this tab
start();

async function start() {
  const opened = await open(takeFromAddress());
  if (!opened) return;
  settings.key = opened.key;
  settings.remembers = opened.remembers;
  settings.maxBytes = opened.most;
  sessionStorage.setItem("link", opened.key);
  const uploads = new Uploads({ onEnded: () => close(word("ended")), onChange });
  const onFiles = (files) => byId("work").hidden || uploads.add(files);
  chooser("pick", "files", onFiles);
  chooser("shoot", "camera", onFiles);
  drops(byId("zone"), onFiles);
  pastes(onFiles);
  byId("finish").addEventListener("click", finish);
  byId("purpose").textContent = opened.purpose;
  byId("limit").textContent = word("limit", { limit: size(opened.most) });
  byId("loading").hidden = true;
  byId("work").hidden = false;
  byId("pick").focus();
}

/** The link's token, which stays in no history. */
function takeFromAddress() {
  const token = location.hash.slice(1);
  if (token) history.replaceState(null, "", location.pathname);
  return token;
}

/** What the server says of the link, asked until it answers; nothing if it cannot be used, which is said. */
async function open(token) {
  const backoff = new Backoff();
  settings.key = sessionStorage.getItem("link") ?? "";
  if (!token && !settings.key) return close(word("incomplete"));
  for (;;) {
    try {
      return await (token ? call("POST", location.pathname, { id: browser(), token }) : call("GET", "/api/link"));
    } catch (error) {
      if (error instanceof Ended) return close(word("ended"));
      if (error instanceof Refused) return close(error.message);
      await backoff.pause();
    }
  }
}

/** By this a server that let this browser in, and was not heard, knows it again. */
function browser() {
  const known = localStorage.getItem("browser") ?? uuid();
  localStorage.setItem("browser", known);
  return known;
}

function onChange(now) {
  if (!byId("ended").hidden) return;
  const begun = now.running && !sum.running;
  const told = now.count > 0 ? word(now.running ? "going" : "whole", now) : "";
  const percent = now.bytes ? Math.floor((100 * now.sent) / now.bytes) : 0;
  sum = now;
  if (byId("told").textContent !== told) byId("told").textContent = told; // said aloud: only when it changes
  byId("told").classList.toggle("whole", !now.running);
  byId("all").hidden = now.count === 0;
  byId("bar").value = percent / 100;
  byId("percent").textContent = `${percent}%`;
  byId("finish").hidden = now.running || now.received === 0;
  if (begun) awake(() => sum.running);
}

async function finish() {
  const { received } = sum;
  close(word("over", { received }), "over");
  await call("POST", "/api/link/done", {}).catch(() => {}); // a server that cannot be told ends it by itself
  sessionStorage.removeItem("link");
}

/** Nothing more can be done here; `sentence` says why. */
function close(sentence, kind = "notice") {
  for (const id of ["loading", "work", "all", "told", "finish"]) byId(id).hidden = true;
  byId("ended").className = kind;
  byId("ended").hidden = false;
  byId("ended").textContent = sentence;
  byId("ended").focus();
}
