/** The files on their way: one at a time, the rest waiting, the page going on meanwhile. */

import { Ended } from "./api.js";
import { isPicture, objection } from "./kinds.js";
import { memory, uuid } from "./page.js";
import { Row } from "./row.js";
import { Upload } from "./upload.js";

export class Uploads {
  #jobs = []; // {file, request, row, upload, sent, over, received, refused}; no file: a reload took it, it must be chosen again
  #running = false;
  #ended = false;

  /** `seen()` is the newest message of the assistant shown; `onChange(sum)` hears how far all of it is. */
  constructor({ seen = () => undefined, onEnded, onChange = () => {} }) {
    Object.assign(this, { seen, onEnded, onChange });
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

  /** Sends no more. What is not here yet can be chosen again later, and goes on from where it had got to. */
  end() {
    this.#ended = true;
    for (const job of this.#jobs) if (!job.over) job.row.state("unfinished");
    this.onEnded();
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
    const job = { file, request, sent: 0 };
    job.row = new Row(request, () => this.#cancel(job));
    const onState = (state) => job.row.state(state);
    const onProgress = (bytes) => this.#progress(job, bytes);
    job.upload = file && new Upload(file, request, { onProgress, onState });
    this.#jobs.push(job);
    this.#keep();
    return job;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    for (let job; !this.#ended && (job = this.#jobs.find((one) => one.file && !one.over)); ) {
      await this.#announce(job.request.album);
      if (!job.over) await this.#finish(job, async () => (await job.upload.run()) && this.#received(job));
    }
    this.#running = false;
    this.#changed();
  }

  /** All pictures of an album are announced before the first goes, so that the server knows when it has them all. */
  async #announce(album) {
    if (!album) return;
    const siblings = this.#jobs.filter((one) => one.file && !one.over && one.request.album === album);
    for (const job of siblings) await this.#finish(job, () => job.upload.open(), false);
  }

  async #finish(job, work, over = true) {
    if (this.#ended) return;
    try {
      await work();
    } catch (error) {
      if (error instanceof Ended) return this.end();
      job.row.state("refused", error.message);
      over = job.refused = true;
    }
    job.over = over;
    this.#keep();
  }

  #progress(job, bytes) {
    job.sent = bytes;
    job.row.progress(bytes);
    this.#changed();
  }

  #received(job) {
    job.received = true;
    this.#progress(job, job.request.size);
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
    this.#changed();
  }

  #changed() {
    const jobs = this.#jobs.filter((job) => job.file && !job.refused);
    const bytes = (of) => jobs.reduce((sum, job) => sum + of(job), 0);
    this.onChange({
      count: jobs.length,
      received: jobs.filter((job) => job.received).length,
      bytes: bytes((job) => job.request.size),
      sent: bytes((job) => job.sent),
      running: this.#running,
    });
  }
}
