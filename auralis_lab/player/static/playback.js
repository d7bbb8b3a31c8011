/**
 * What the audio thread does from one quantum to the next: epochs, splices, holding, running dry,
 * and the short ramps that keep all of that from clicking.
 *
 * An epoch begins by a flush (`open`: what sounds fades out) or by a splice: what sounds goes on
 * until the new epoch has the frame that is due, and crosses over there. Ramps, gains and fades are
 * applied after frames are counted and hashed, so the proof covers the samples as they came from
 * the kernel.
 */

import { EpochQueue } from "./queue.js";
import { Reporter } from "./reporter.js";
import { Deck, LaneSwitch, MOST_FRAMES } from "./splice.js";
import { Upcoming } from "./upcoming.js";

const RAMP_S = 0.006;
const FIRST_FRAMES_S = 0.02; // enough to begin an epoch
const SPLICE_S = 0.02;
const SPLICE_CUSHION_S = 0.15; // wanted beyond the fade, so that a splice does not run dry at once
const GAIN_GLIDE_S = 0.01; // between segments of different gain
const REFILL_S = 0.5; // enough to go on after running dry

export class Playback {
  /**
   * @param {number} rate frames per second
   * @param {number} channels
   * @param {(report: object) => void} post takes the one report there is, overwritten each time
   */
  constructor(rate, channels, post) {
    this.rampFrames = Math.max(1, Math.round(RAMP_S * rate));
    this.step = 1 / this.rampFrames;
    this.firstFrames = Math.round(FIRST_FRAMES_S * rate);
    this.spliceFrames = Math.max(2, Math.round(SPLICE_S * rate));
    this.cushionFrames = Math.round(SPLICE_CUSHION_S * rate);
    this.glideFrames = Math.max(1, Math.round(GAIN_GLIDE_S * rate));
    this.refillFrames = Math.round(REFILL_S * rate);
    this.lanes = new LaneSwitch(rate);
    this.scratch = Array.from({ length: channels }, () => new Float32Array(MOST_FRAMES));
    /** @type {Deck | null} what was flushed, while it fades out */
    this.tail = null;
    this.tailGain = 0;
    this.held = false;
    this.reporter = new Reporter(rate, post);
    this.beginnings = 0; // counts flushes and segments
    this.onSegmentEnd = () => {
      this.reporter.tell(this, true);
      this.beginnings += 1;
    };
    this.clear();
  }

  clear() {
    /** @type {Deck | null} */
    this.deck = null;
    this.upcoming = new Upcoming();
    this.gain = 0;
    this.restart();
    this.state = "idle";
  }

  /** What begins anew with each epoch. */
  restart() {
    this.running = false; // frames flow
    this.leaving = false; // to an epoch that is over already
    this.begun = false; // some have flowed in this epoch
    this.underruns = 0;
    this.underrunFrames = 0;
  }

  // --- messages ---------------------------------------------------------------------------------

  /**
   * Begin an epoch; what sounds now fades out.
   * @param {number} epoch
   * @param {number} offset frames of it that were played elsewhere
   */
  open(epoch, offset = 0) {
    this.fadeTail();
    this.clear();
    const queue = new EpochQueue(epoch, offset);
    queue.onSegmentEnd = this.onSegmentEnd;
    this.deck = new Deck(queue, this.scratch);
    this.held = false;
    this.state = "waiting";
    this.beginnings += 1;
  }

  /** Begin an epoch without a break, joined to `anchor` as `Upcoming.wait` has it. */
  splice(epoch, anchor) {
    this.leaving = false;
    if (this.deck === null) this.open(epoch);
    else this.upcoming.wait(new EpochQueue(epoch), anchor);
  }

  /** Say to what the blocks that follow belong. */
  declare(told) {
    const queue = this.find(told.epoch);
    if (queue === null) return;
    queue.declare(told, this.glideFrames);
    if (queue === this.upcoming.queue) this.upcoming.place(this.deck.now, told.startFrame);
  }

  /** Take a block of a living epoch; others are dropped. */
  push(epoch, buffer, frames) {
    this.find(epoch)?.push(buffer, frames);
  }

  /** Learn that nothing will follow what was pushed of the epoch. */
  finish(epoch) {
    const queue = this.find(epoch);
    if (queue !== null) queue.complete = true;
  }

  /** Pause, or go on. */
  hold(held) {
    this.held = held;
  }

  choose(lane) {
    const together = this.deck?.now.segment?.lanes.length === 2;
    this.lanes.choose(lane, !together || !this.running);
  }

  /** Go round between two frames of a segment, as `EpochQueue.setLoop`. */
  setLoop({ epoch, segment, a, b }) {
    this.find(epoch)?.setLoop(segment, a, b, this.spliceFrames);
  }

  /** End the epoch here. */
  stop() {
    this.fadeTail();
    this.clear();
  }

  find(epoch) {
    if (this.upcoming.queue?.epoch === epoch) return this.upcoming.queue;
    return this.deck?.now.epoch === epoch ? this.deck.now : null;
  }

  fadeTail() {
    if (this.tail === null && this.gain > 0 && this.deck?.now.available > 0) {
      this.tail = this.deck;
      this.tail.now.onSegmentEnd = null;
      this.tailGain = this.gain;
    }
  }

  // --- audio ------------------------------------------------------------------------------------

  /**
   * Fill one quantum.
   * @param {Float32Array[]} outputs zeroed arrays, one for each channel
   * @param {number} frames
   */
  process(outputs, frames = outputs[0].length) {
    let at = this.tail === null ? 0 : this.playTail(outputs, frames);
    if (this.deck === null) return;
    this.deck.now.advance();
    this.join();
    // A splice that is due within the quantum begins on its frame.
    const early = Math.min(frames - at, this.upcoming.until(this.deck.now));
    if (early > 0 && early < frames - at) {
      this.decide();
      at += this.play(outputs, at, early);
      this.join();
    }
    this.decide();
    at += this.play(outputs, at, frames - at);
    if (this.state === "starved") this.underrunFrames += frames - at;
    this.reporter.count(this, frames);
  }

  /** Fade what is left of the epoch before; returns the frames written. */
  playTail(outputs, frames) {
    let at = 0;
    while (this.tail !== null && at < frames) {
      const n = Math.min(frames - at, MOST_FRAMES, Math.ceil(this.tailGain / this.step));
      this.lanes.prepare(n);
      const stop = at + this.tail.read(outputs, at, n, this.lanes);
      for (; at < stop; at += 1) {
        this.tailGain = Math.max(0, this.tailGain - this.step);
        for (let c = 0; c < outputs.length; c += 1) outputs[c][at] *= this.tailGain;
      }
      if (this.tailGain <= 0 || this.tail.now.available === 0) this.tail = null;
    }
    return at;
  }

  /** Let the waiting epoch drop what comes too late, and cross over to it when it is ready. */
  join() {
    if (!this.upcoming.ready) return;
    const next = this.upcoming.queue;
    const { now } = this.deck;
    const due = this.upcoming.due(now);
    if (due > next.consumed) next.skip(due - next.consumed);
    if (this.deck.before !== null || (due > next.consumed && !next.complete)) return;
    const silent = !this.running;
    const early = due < next.consumed && now.available > 0;
    const needed = silent ? this.firstFrames : this.spliceFrames + this.cushionFrames;
    if (early || (next.available < needed && !next.complete)) return;
    // It ended before the frame that is due: what sounds fades out first.
    this.leaving = !silent && next.available === 0;
    const most = Math.min(this.spliceFrames, now.available, next.available);
    if (!this.leaving) this.cross(silent ? 0 : most);
  }

  cross(frames) {
    const next = this.upcoming.take(this.deck.now);
    this.deck.cross(next, frames);
    next.onSegmentEnd = this.onSegmentEnd;
    this.restart();
    if (frames > 0) {
      this.running = true;
      this.begun = true;
    } else this.gain = 0;
  }

  /** Whether frames may begin to flow. */
  decide() {
    if (this.running || this.held) return;
    const { now } = this.deck;
    const needed = this.begun ? this.refillFrames : this.firstFrames;
    if (now.available === 0 && !now.complete) return;
    if (now.available < needed && !now.complete) return;
    this.running = true;
    // The very start of a track is meant to be as abrupt as it is.
    if (!this.begun && now.position === 0) this.gain = 1;
  }

  /** Play `count` frames from `from` on; returns the frames written. */
  play(outputs, from, count) {
    const { now } = this.deck;
    let at = from;
    const stop = from + count;
    while (this.running && at < stop) {
      const drying = !now.complete && now.available <= this.rampFrames;
      const target = this.held || drying || this.leaving ? 0 : 1;
      if (this.untilBack === 0) this.deck.goRound(this.spliceFrames);
      at += this.ramp(outputs, at, Math.min(stop - at, MOST_FRAMES, this.untilBack), target);
      if (now.available === 0 || (this.gain === 0 && target === 0)) this.running = false;
    }
    this.settle();
    return at - from;
  }

  /** Frames until a loop begins anew, which waits for a fade to be over. */
  get untilBack() {
    return this.deck.before === null ? this.deck.now.untilBack : Infinity;
  }

  /** Play up to `count` frames while the gain moves to `target`; returns the frames written. */
  ramp(outputs, from, count, target) {
    const { now } = this.deck;
    let n = count;
    // Stop where the decision has to be made anew.
    if (target === 1 && !now.complete) n = Math.min(n, now.available - this.rampFrames);
    if (target === 0) n = Math.min(n, Math.ceil(this.gain / this.step));
    this.lanes.prepare(n);
    const done = this.deck.read(outputs, from, n, this.lanes);
    this.lanes.advance(done);
    if (done > 0) this.begun = true;
    for (let i = from; i < from + done && this.gain !== target; i += 1) {
      if (this.gain < target) this.gain = Math.min(1, this.gain + this.step);
      else this.gain = Math.max(0, this.gain - this.step);
      for (let c = 0; c < outputs.length; c += 1) outputs[c][i] *= this.gain;
    }
    return done;
  }

  /** Name what is going on now. */
  settle() {
    const { now } = this.deck;
    let state = "playing";
    if (now.complete && now.available === 0) state = "ended";
    else if (this.running) state = "playing";
    else if (this.held) state = "paused";
    else if (this.begun) state = "starved";
    else state = "waiting";
    if (!this.running) this.gain = 0;
    if (state === "starved" && this.state !== "starved") this.underruns += 1;
    this.state = state;
  }
}
