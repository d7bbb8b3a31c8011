/**
 * The epoch that waits to be spliced in, and its place on the time line that spliced epochs share:
 * frame n of an epoch stands at its `base` plus n.
 */

const EPOCHS_REMEMBERED = 4;

export class Upcoming {
  constructor() {
    /** @type {import("./queue.js").EpochQueue | null} */
    this.queue = null;
    this.placed = false;
    this.anchor = null;
    /** @type {(import("./queue.js").EpochQueue | null)[]} recent epochs, for their places */
    this.past = new Array(EPOCHS_REMEMBERED).fill(null);
    this.crossed = 0;
  }

  /**
   * @param {import("./queue.js").EpochQueue} queue
   * @param {{epoch: number, segment: number, frame: ?number}} anchor the frame of the track of a
   *   segment at which it is to begin; by default the one at which it does begin
   */
  wait(queue, anchor) {
    this.queue = queue;
    this.anchor = anchor;
    this.placed = false;
  }

  /** Whether its place is known. */
  get ready() {
    return this.queue !== null && this.placed;
  }

  /** Put it on the time line, now that its first segment is declared. */
  place(now, startFrame) {
    if (this.placed) return;
    const { epoch, segment, frame } = this.anchor;
    const onto = now.epoch === epoch ? now : this.past.find((past) => past?.epoch === epoch);
    const record = onto?.segments.find((each) => each.segment === segment);
    this.placed = true;
    this.queue.base = record
      ? onto.base + record.at + (frame ?? startFrame) - record.startFrame
      : now.base + now.consumed;
  }

  /** The frame of it that should sound now. */
  due(now) {
    return now.base + now.consumed - this.queue.base;
  }

  /** Frames that sound before its first one. */
  until(now) {
    return this.ready ? this.queue.consumed - this.due(now) : 0;
  }

  /** It has taken the place of `now`; returns it. */
  take(now) {
    const { queue } = this;
    this.past[this.crossed % EPOCHS_REMEMBERED] = now;
    this.crossed += 1;
    this.queue = null;
    return queue;
  }
}
