/**
 * Going over from one rendering of a passage to another: between the lanes of an epoch, and from
 * one epoch to the next. Both fades have the equal-gain law sin² u (see auralis_lab/dsp/fades.py),
 * as `a + w (b - a)`, which leaves equal samples as they are, bit for bit.
 */

import { EpochQueue } from "./queue.js";

const LANE_FADE_S = 0.01;
const NO_BLOCKS = [];

/** Most frames that are read at once. */
export const MOST_FRAMES = 1024;

/** Weight of the incoming side at frame `i` of `frames`. */
function incoming(i, frames) {
  const sine = Math.sin(((i + 0.5) * Math.PI) / (2 * frames));
  return sine * sine;
}

/** Which of two lanes is heard; `share` is that of the enhanced one. */
export class LaneSwitch {
  /** @param {number} rate frames per second */
  constructor(rate) {
    this.frames = Math.max(1, Math.round(LANE_FADE_S * rate));
    this.steps = Float64Array.from({ length: this.frames + 1 }, (_, i) =>
      i === this.frames ? 1 : Math.sin((i * Math.PI) / (2 * this.frames)) ** 2,
    );
    this.at = this.frames;
    this.target = this.frames;
    this.weights = new Float64Array(MOST_FRAMES);
    this.still = true;
    this.share = 1;
  }

  /**
   * @param {string} name "original" or "enhanced"
   * @param {boolean} atOnce because only one is there to be heard
   */
  choose(name, atOnce) {
    this.target = name === "enhanced" ? this.frames : 0;
    if (atOnce) this.at = this.target;
  }

  get name() {
    return this.target === this.frames ? "enhanced" : "original";
  }

  /** Set the weights of the next `count` frames. */
  prepare(count) {
    this.still = this.at === this.target;
    this.share = this.steps[this.at];
    if (this.still) return;
    const towards = this.target > this.at ? 1 : -1;
    for (let i = 0; i < count; i += 1) {
      const step = Math.min(i + 1, Math.abs(this.target - this.at));
      this.weights[i] = this.steps[this.at + towards * step];
    }
  }

  /** Those frames were heard. */
  advance(count) {
    const left = this.target - this.at;
    this.at += Math.sign(left) * Math.min(count, Math.abs(left));
  }
}

/** The epoch that sounds and, while they cross over, the one before it. */
export class Deck {
  /**
   * @param {import("./queue.js").EpochQueue} queue
   * @param {Float32Array[]} scratch `MOST_FRAMES` for each channel
   */
  constructor(queue, scratch) {
    this.now = queue;
    this.before = null;
    this.scratch = scratch;
    this.ghost = new EpochQueue(0); // goes on behind the end of a loop
    this.ghost.release = () => (this.ghost.blocks = NO_BLOCKS);
    this.fadeAt = 0;
    this.fadeFrames = 0;
  }

  /** Go over to another epoch within `frames` frames, or at once. */
  cross(queue, frames) {
    this.now.onSegmentEnd = null;
    if (frames === 0) this.now.release();
    this.before = frames > 0 ? this.now : null;
    this.now = queue;
    this.fadeAt = 0;
    this.fadeFrames = frames;
    queue.alter(frames);
  }

  /** Go back to the first frame of a loop, and cross over to it within up to `frames` frames. */
  goRound(frames) {
    const { now, ghost } = this;
    ghost.shadow(now);
    now.rewind();
    this.before = ghost;
    this.fadeAt = 0;
    this.fadeFrames = Math.min(frames, ghost.available, now.untilBack);
    now.alter(this.fadeFrames);
    if (this.fadeFrames === 0) this.before = null;
  }

  /** As `EpochQueue.read`, but may stop short where a fade ends. */
  read(outputs, from, count, lanes) {
    if (this.before === null) return this.now.read(outputs, from, count, lanes);
    const n = Math.min(count, this.fadeFrames - this.fadeAt);
    const done = this.now.read(outputs, from, n, lanes);
    this.before.read(this.scratch, 0, done, lanes);
    for (let i = 0; i < done; i += 1) {
      const weight = incoming(this.fadeAt + i, this.fadeFrames);
      for (let c = 0; c < outputs.length; c += 1) {
        const old = this.scratch[c][i];
        outputs[c][from + i] = old + weight * (outputs[c][from + i] - old);
      }
    }
    this.fadeAt += done;
    if (this.fadeAt === this.fadeFrames) {
      this.before.release();
      this.before = null;
    }
    return done;
  }
}
