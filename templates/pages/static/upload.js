/** One file on its way to the server, going on after every interruption from where the server has got to. */

import { call, Refused, Unreachable } from "./api.js";
import { Backoff } from "./backoff.js";
import { sendPiece } from "./piece.js";
import { settings, word } from "./page.js";

export class Upload {
  #backoff = new Backoff();
  #cancelled = new AbortController();

  /** `request` is what is told of the file: {id, name, size, type, seen}. */
  constructor(file, request, { onProgress, onState }) {
    Object.assign(this, { file, request, onProgress, onState });
  }

  /** Sends no more, and `run` returns false. A server that cannot be told gives the file up by itself after a while. */
  cancel() {
    this.#cancelled.abort();
    if (this.opened) call("DELETE", `${settings.uploads}/${this.opened.upload}`).catch(() => {});
  }

  /** Tells the server of the file, once; undefined once cancelled. Throws Refused or Ended. */
  async open() {
    this.opened ??= await this.#insist(() => call("POST", settings.uploads, this.request));
    return this.opened;
  }

  /** Resolves true when the server has the whole file; throws Refused or Ended. */
  async run() {
    const opened = await this.open();
    if (!opened) return false;
    const path = `${settings.uploads}/${opened.upload}`;
    let { offset } = opened;
    while (offset < this.file.size) {
      offset = (await this.#send(path, offset)) ?? (await this.#ask(path));
      if (offset === undefined || this.#cancelled.signal.aborted) return false;
    }
    return true;
  }

  /** Sends the piece at `offset`; returns where to go on, or undefined if the connection was cut. */
  async #send(path, offset) {
    this.onProgress(offset);
    const bytes = await this.#bytes(offset);
    this.onState("sending");
    const onProgress = (sent) => this.onProgress(offset + sent);
    try {
      const next = await sendPiece(path, offset, bytes, { onProgress, signal: this.#cancelled.signal });
      this.#backoff.reset();
      return next;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.onProgress(offset); // what went but was not taken does not count
      return undefined;
    }
  }

  /** After a pause, how far the server has got; undefined once cancelled. */
  async #ask(path) {
    await this.#wait();
    return (await this.#insist(() => call("GET", path)))?.offset;
  }

  /** A file that was moved or changed since it was chosen cannot be read; that is no fault of the network. */
  async #bytes(offset) {
    try {
      return await this.file.slice(offset, offset + settings.chunkBytes).arrayBuffer();
    } catch {
      throw new Refused(word("unreadable"));
    }
  }

  /** The answer to `request`, however often it must be sent; undefined once cancelled. */
  async #insist(request) {
    for (;;) {
      if (this.#cancelled.signal.aborted) return undefined;
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        await this.#wait();
      }
    }
  }

  async #wait() {
    if (this.#cancelled.signal.aborted) return;
    this.onState("resuming");
    await this.#backoff.pause(this.#cancelled.signal);
  }
}
