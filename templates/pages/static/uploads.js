/** The files on their way: one at a time, the rest waiting, the chat going on meanwhile. */

import { Ended } from "./api.js";
import { isPicture, objection } from "./kinds.js";
import { memory, uuid } from "./page.js";
import { Row } from "./row.js";
import { Upload } from "./upload.js";

export class Uploads {
  #jobs = []; // {file, request, row, upload, over}; no file: a reload took it, and it must be chosen again
  #running = false;

  /** `seen()` is the newest message of the assistant shown. */
  constructor({ seen, onEnded }) {
    Object.assign(this, { seen, onEnded });
    for (const request of memory.read("uploads", [])) this.#job(null, request).row.state("unfinished");
    addEventListener("beforeunload", (event) => this.#running && event.preventDefault());
  }

  /**
   * Takes files to send; those that cannot be taken say so at once and nothing of them is sent. Pictures chosen in one go
   * are an album.
   */
  add(files) {
    const fit = [];
    for (const file of files) {
      const reason = objection(file);
      if (reason) this.#turnDown(file, reason);
      else fit.push(file);
    }
    const several = fit.filter(isPicture).length > 1;
    const album = several ? uuid() : undefined;
    for (const file of fit) this.#take(file, isPicture(file) ? album : undefined);
    this.#run();
  }

  /** The conversation shows `message`: a row whose file it is, or which it answers, is no longer needed. */
  shown(message) {
    for (const job of this.#jobs) {
      job.echoed ||= job.request.id === message.delivery;
      const answered = job.received && message.from === "assistant";
      if (answered || (job.echoed && (job.received || !job.file))) this.#forget(job);
    }
  }

  #turnDown(file, reason) {
    const row = new Row(file, () => row.remove());
    row.state("refused", reason);
  }

  /** A file chosen again after a reload goes on under its old id, and so from where it had got to. */
  #take(file, album) {
    const same = ({ request }) => request.name === file.name && request.size === file.size;
    const lost = this.#jobs.find((job) => !job.file && same(job));
    if (lost) this.#forget(lost);
    const { name, size, type } = file;
    this.#job(file, lost?.request ?? { id: uuid(), name, size, type, album, seen: this.seen() });
  }

  #job(file, request) {
    const job = { file, request };
    job.row = new Row(request, () => this.#cancel(job));
    const onState = (state) => job.row.state(state);
    const onProgress = (bytes) => job.row.progress(bytes);
    job.upload = file && new Upload(file, request, { onProgress, onState });
    this.#jobs.push(job);
    this.#keep();
    return job;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (let job; (job = this.#jobs.find((one) => one.file && !one.over)); ) {
      await this.#announce(job.request.album);
      if (!job.over) await this.#finish(job, async () => (await job.upload.run()) && this.#received(job));
    }
    this.#running = false;
  }

  /** All pictures of an album are announced before the first goes, so that the server knows when it has them all. */
  async #announce(album) {
    if (!album) return;
    const siblings = this.#jobs.filter((one) => one.file && !one.over && one.request.album === album);
    for (const job of siblings) await this.#finish(job, () => job.upload.open(), false);
  }

  async #finish(job, work, over = true) {
    try {
      await work();
    } catch (error) {
      if (error instanceof Ended) this.onEnded();
      job.row.state("refused", error.message);
      over = true;
    }
    job.over = over;
    this.#keep();
  }

  #received(job) {
    job.received = true;
    job.row.progress(job.request.size);
    job.row.state("received");
    if (job.echoed) this.#forget(job);
  }

  #cancel(job) {
    job.upload?.cancel();
    this.#forget(job);
  }

  #forget(job) {
    this.#jobs = this.#jobs.filter((one) => one !== job);
    job.row.remove();
    this.#keep();
  }

  #keep() {
    const requests = this.#jobs.filter((job) => !job.over).map((job) => job.request);
    memory.write("uploads", requests);
  }
}
