/**
 * What the reader said and the server has not yet taken: sent in order, one at a time, each with one id for all its
 * tries, and kept by the tab until the server answers.
 */

import { call, Ended, Refused } from "./api.js";
import { Backoff } from "./backoff.js";
import { memory, uuid } from "./page.js";

export class Outbox {
  #backoff = new Backoff();
  #running = false;
  #waiting = memory.read("unsent", []);

  /** `onState(said, state, sentence)`: state is sending | retrying | sent | refused, the sentence is the server's. */
  constructor({ onState, onEnded }) {
    Object.assign(this, { onState, onEnded });
  }

  /** Goes on with what an earlier load of this tab left unsent. */
  resume() {
    for (const said of this.#waiting) this.onState(said, said.refused ? "refused" : "sending", said.refused);
    this.#run();
  }

  /** Takes {text} or {press, label} with `seen`; it is safe in the tab when this returns. Returns its id. */
  add(content) {
    const said = { id: uuid(), ...content };
    this.#waiting.push(said);
    this.#keep();
    this.onState(said, "sending");
    this.#run();
    return said.id;
  }

  /** Whether this press is still on its way. */
  holds(press) {
    return this.#waiting.some((said) => said.press === press);
  }

  /** Forgets `id`: the server has shown that it holds it, or the reader has taken it back. */
  forget(id) {
    this.#waiting = this.#waiting.filter((said) => said.id !== id);
    this.#keep();
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (let said; (said = this.#waiting.find((one) => !one.refused)); ) {
      try {
        await call("POST", "/api/say", said);
        this.#backoff.reset();
        this.forget(said.id);
        this.onState(said, "sent");
      } catch (error) {
        if (error instanceof Ended) return this.onEnded();
        if (error instanceof Refused) this.#refuse(said, error.message);
        else await this.#later(said);
      }
    }
    this.#running = false;
  }

  #refuse(said, sentence) {
    if (said.press) this.forget(said.id);
    else said.refused = sentence;
    this.#keep();
    this.onState(said, "refused", sentence);
  }

  async #later(said) {
    if (this.#waiting.includes(said)) this.onState(said, "retrying");
    await this.#backoff.pause();
  }

  #keep() {
    memory.write("unsent", this.#waiting);
  }
}
