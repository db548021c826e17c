/** Keeps the end of the conversation in sight, unless the reader has scrolled up to read. */

const NEAR_PX = 60;

export class Scroller {
  #frame = document.getElementById("frame");
  #newer = document.getElementById("newer");
  #atEnd = true;
  #top = 0;

  constructor() {
    this.#frame.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    this.#newer.addEventListener("click", () => this.toEnd());
    const sizes = new ResizeObserver(() => this.#atEnd && this.toEnd());
    sizes.observe(this.#frame);
    sizes.observe(document.getElementById("content"));
  }

  /** Something was added at the end. Returns whether that moved what the reader sees. */
  arrived() {
    if (this.#atEnd) this.toEnd();
    else this.#newer.hidden = false;
    return this.#atEnd;
  }

  toEnd() {
    const held = document.activeElement === this.#newer;
    this.#atEnd = true;
    this.#newer.hidden = true;
    this.#frame.scrollTop = this.#frame.scrollHeight;
    if (held) this.#frame.focus({ preventScroll: true });
  }

  /** Runs `change`, which adds something above, and keeps what is being read where it is. */
  above(change) {
    const below = this.#frame.scrollHeight - this.#frame.scrollTop;
    change();
    this.#frame.scrollTop = this.#frame.scrollHeight - below;
  }

  /** Only going up leaves the end: what grows below moves nothing. */
  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#frame;
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#atEnd = true;
    else if (scrollTop < this.#top) this.#atEnd = false;
    this.#top = scrollTop;
    if (this.#atEnd) this.#newer.hidden = true;
  }
}
