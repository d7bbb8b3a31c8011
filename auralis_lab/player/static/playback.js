/**
 * What the audio thread does from one quantum to the next: epochs, holding, running dry, and the
 * short ramps that keep all of that from clicking.
 *
 * Ramps are applied to what is heard, after frames are counted and hashed, so the proof covers the
 * samples as they came from the kernel.
 */

import { PcmQueue } from "./queue.js";

const RAMP_S = 0.006;
const FIRST_FRAMES_S = 0.02; // enough to begin an epoch
const REFILL_S = 0.5; // enough to go on after running dry
const REPORT_S = 0.1;

export class Playback {
  /** @param {number} rate frames per second */
  constructor(rate) {
    this.step = 1 / Math.max(1, Math.round(RAMP_S * rate));
    this.rampFrames = Math.max(1, Math.round(RAMP_S * rate));
    this.firstFrames = Math.round(FIRST_FRAMES_S * rate);
    this.refillFrames = Math.round(REFILL_S * rate);
    this.reportFrames = Math.round(REPORT_S * rate);
    this.tail = null; // the queue of the epoch before, while it fades
    this.tailGain = 0;
    this.held = false;
    this.sinceReport = 0;
    /** The one object that `process` hands out; its fields are overwritten each time. */
    this.report = {
      type: "report",
      epoch: 0,
      state: "idle",
      startFrame: 0,
      consumed: 0,
      queued: 0,
      hash: 0,
      underruns: 0,
      underrunFrames: 0,
    };
    this.clear();
  }

  clear() {
    this.queue = new PcmQueue();
    this.epoch = 0;
    this.startFrame = 0;
    this.gain = 0;
    this.running = false; // frames flow
    this.begun = false; // some have flowed in this epoch
    this.expected = -1; // frames of the whole epoch, once known
    this.underruns = 0;
    this.underrunFrames = 0;
    this.state = "idle";
  }

  /** Begin an epoch; what sounds now fades out. */
  open(epoch, startFrame) {
    this.fadeTail();
    this.clear();
    this.epoch = epoch;
    this.startFrame = startFrame;
    this.held = false;
    this.state = "waiting";
  }

  /** Take a block of the current epoch; others are dropped. */
  push(epoch, buffer, channels, frames) {
    if (epoch === this.epoch) this.queue.push(buffer, channels, frames);
  }

  /** Learn that the epoch has `frames` frames in all. */
  finish(epoch, frames) {
    if (epoch === this.epoch) this.expected = frames;
  }

  /** Pause, or go on. */
  hold(held) {
    this.held = held;
  }

  /** End the epoch here. */
  stop() {
    this.fadeTail();
    this.clear();
  }

  fadeTail() {
    if (this.tail === null && this.gain > 0 && this.queue.available > 0) {
      this.tail = this.queue;
      this.tailGain = this.gain;
    }
  }

  /** Whether the kernel has sent all there is of this epoch. */
  get complete() {
    return this.expected >= 0 && this.queue.pushed >= this.expected;
  }

  /**
   * Fill one quantum.
   * @param {Float32Array[]} outputs zeroed arrays, one for each channel
   * @returns {boolean} whether `report` is due
   */
  process(outputs) {
    const frames = outputs[0].length;
    const before = this.state;
    let at = this.tail === null ? 0 : this.playTail(outputs, frames);
    if (this.epoch === 0) return false;
    this.decide();
    at += this.play(outputs, at, frames - at);
    if (this.state === "starved") this.underrunFrames += frames - at;
    this.sinceReport += frames;
    if (this.state === before && this.sinceReport < this.reportFrames) return false;
    this.sinceReport = 0;
    this.fillReport();
    return true;
  }

  /** Fade what is left of the epoch before; returns the frames written. */
  playTail(outputs, frames) {
    const n = Math.min(frames, Math.ceil(this.tailGain / this.step));
    const done = this.tail.read(outputs, 0, n);
    for (let i = 0; i < done; i += 1) {
      this.tailGain = Math.max(0, this.tailGain - this.step);
      for (let c = 0; c < outputs.length; c += 1) outputs[c][i] *= this.tailGain;
    }
    if (this.tailGain <= 0 || this.tail.available === 0) this.tail = null;
    return done;
  }

  /** Whether frames may begin to flow. */
  decide() {
    if (this.running || this.held) return;
    const needed = this.begun ? this.refillFrames : this.firstFrames;
    if (this.queue.available === 0 && !this.complete) return;
    if (this.queue.available < needed && !this.complete) return;
    this.running = true;
    // The very start of a track is meant to be as abrupt as it is.
    if (!this.begun && this.startFrame === 0) this.gain = 1;
  }

  /** Play `count` frames from `from` on; returns the frames written. */
  play(outputs, from, count) {
    let at = from;
    const stop = from + count;
    while (this.running && at < stop) {
      const drying = !this.complete && this.queue.available <= this.rampFrames;
      const target = this.held || drying ? 0 : 1;
      at += this.ramp(outputs, at, stop - at, target);
      if (this.queue.available === 0 || (this.gain === 0 && target === 0)) this.running = false;
    }
    this.settle();
    return at - from;
  }

  /** Play up to `count` frames while the gain moves to `target`; returns the frames written. */
  ramp(outputs, from, count, target) {
    let n = count;
    const reserve = this.complete ? 0 : this.rampFrames;
    // Stop where the decision has to be made anew.
    if (target === 1 && !this.complete) n = Math.min(n, this.queue.available - reserve);
    if (target === 0) n = Math.min(n, Math.ceil(this.gain / this.step));
    const done = this.queue.read(outputs, from, n);
    if (done > 0) this.begun = true;
    for (let i = from; i < from + done; i += 1) {
      if (this.gain < target) this.gain = Math.min(1, this.gain + this.step);
      else if (this.gain > target) this.gain = Math.max(0, this.gain - this.step);
      if (this.gain < 1) {
        for (let c = 0; c < outputs.length; c += 1) outputs[c][i] *= this.gain;
      }
    }
    return done;
  }

  /** Name what is going on now. */
  settle() {
    const over = this.complete && this.queue.available === 0;
    let state = "playing";
    if (over) state = "ended";
    else if (this.running) state = "playing";
    else if (this.held) state = "paused";
    else if (this.begun) state = "starved";
    else state = "waiting";
    if (!this.running) this.gain = 0;
    if (state === "starved" && this.state !== "starved") this.underruns += 1;
    this.state = state;
  }

  fillReport() {
    const report = this.report;
    report.epoch = this.epoch;
    report.state = this.state;
    report.startFrame = this.startFrame;
    report.consumed = this.queue.consumed;
    report.queued = this.queue.available;
    report.hash = this.queue.hash;
    report.underruns = this.underruns;
    report.underrunFrames = this.underrunFrames;
  }
}
