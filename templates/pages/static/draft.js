/** What is being written, kept by the tab until it is sent. */

import { memory } from "./page.js";

export const draft = {
  read: () => memory.read("draft", ""),
  write: (text) => memory.write("draft", text),
};
