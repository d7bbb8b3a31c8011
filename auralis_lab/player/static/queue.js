/**
 * The frames of one epoch that wait for the audio thread, and the proof of what it took.
 *
 * Blocks are planar Float32: lane by lane, channel by channel. Frames are counted from the epoch's
 * beginning, over all its segments; a segment knows at which of them it begins. The hash covers all
 * lanes of a run, which begins anew where unaltered frames of a segment begin. Gains and the choice
 * of a lane come after it.
 */

import { HASH_SEED, prove } from "./proof.js";

/**
 * @typedef {object} Segment
 * @property {number} segment its number in the epoch
 * @property {number} startFrame frame of its track at which it begins
 * @property {number} at frame of the epoch at which it begins
 * @property {number} overlap frames mixed with the end of the segment before
 * @property {number} channels of one lane
 * @property {string[]} lanes names
 * @property {Float64Array} gains linear, by lane
 * @property {Float64Array} fromGains those of the segment before
 * @property {number} glide frames in which the gains change over
 */

/** First in, first out; `read` and `skip` allocate nothing. */
export class EpochQueue {
  /**
   * @param {number} epoch
   * @param {number} offset frames of the epoch that were played elsewhere
   */
  constructor(epoch, offset = 0) {
    this.epoch = epoch;
    this.base = 0; // place of the epoch's frame 0 on the time line that spliced epochs share
    /** @type {{first: number, frames: number, rows: number, samples: Float32Array,
     *   words: Uint32Array}[]} */
    this.blocks = [];
    /** @type {Segment[]} */
    this.segments = [];
    /** @type {Segment | null} the one that sounds, or is the next to sound */
    this.segment = null;
    this.place = -1; // of it in `segments`
    this.at = 0; // the first block not used up
    this.offset = 0; // frames used of it
    this.available = 0; // frames that wait
    this.pushed = offset; // frames of the epoch ever put in
    this.consumed = offset; // frame of the epoch that sounds next
    this.furthest = offset; // the most that `consumed` ever was
    /** @type {{from: number, to: number, margin: number} | null} frames of the epoch to go round in */
    this.loop = null;
    this.complete = false; // nothing will follow what was pushed
    this.runAt = offset; // frame of the epoch at which the run begins
    this.alteredUntil = 0; // frame of the epoch up to which a fade alters what is heard
    this.hash = HASH_SEED;
    /** @type {((queue: EpochQueue) => void) | null} told while the segment that ends still is ours */
    this.onSegmentEnd = null;
  }

  /**
   * Say what the blocks that follow belong to.
   * @param {object} told as a `Segment`, without `at`, `fromGains` and `glide`
   * @param {number} glide frames for a change of gain where there is no overlap
   */
  declare({ segment, startFrame, channels, lanes, gains, overlap = 0 }, glide = 0) {
    const before = this.segments.at(-1);
    const own = Float64Array.from(gains);
    const from = before
      ? Float64Array.from(lanes, (name) => before.gains[Math.max(0, before.lanes.indexOf(name))])
      : own;
    const changes = own.some((gain, lane) => gain !== from[lane]);
    this.segments.push({
      segment,
      startFrame,
      at: this.pushed,
      overlap,
      channels,
      lanes,
      gains: own,
      fromGains: from,
      glide: changes ? Math.max(overlap, glide) : 0,
    });
    if (!this.segment) this.advance();
  }

  /**
   * Append a block of the last segment declared. Called outside `process()`, so it may allocate.
   * @param {ArrayBuffer} buffer planar samples
   * @param {number} frames
   */
  push(buffer, frames) {
    const { channels, lanes } = this.segments.at(-1);
    const rows = channels * lanes.length;
    if (buffer.byteLength !== 4 * rows * frames) {
      throw new RangeError(`${buffer.byteLength} bytes are not ${rows} x ${frames} samples`);
    }
    // Used blocks are let go here, where collecting garbage hurts nobody.
    if (this.at > 0 && this.loop === null) {
      this.blocks.splice(0, this.at);
      this.at = 0;
    }
    const samples = new Float32Array(buffer);
    this.blocks.push({ first: this.pushed, frames, rows, samples, words: new Uint32Array(buffer) });
    this.available += frames;
    this.pushed += frames;
  }

  /** @returns {number} frame of the segment's track that sounds next */
  get position() {
    return this.segment ? this.segment.startFrame + this.consumed - this.segment.at : 0;
  }

  /** @returns {number} frame of the segment's track at which the run begins */
  get runFrame() {
    return this.segment ? this.segment.startFrame + this.runAt - this.segment.at : 0;
  }

  /** @returns {number} frames of the epoch that are gone */
  get gone() {
    return Math.max(this.furthest, this.consumed);
  }

  get runFrames() {
    return Math.max(0, this.consumed - this.runAt);
  }

  /** Go on to the segment that sounds next, once the present one is over. */
  advance() {
    while (this.place + 1 < this.segments.length) {
      const next = this.segments[this.place + 1];
      if (this.consumed < next.at) return;
      if (this.segment !== null && this.onSegmentEnd !== null) this.onSegmentEnd(this);
      this.place += 1;
      this.segment = next;
      this.beginRun(next.at + next.overlap);
    }
  }

  beginRun(frame) {
    this.runAt = Math.max(frame, this.alteredUntil);
    this.hash = HASH_SEED;
  }

  /** The next `frames` frames are part of a fade: what is heard of them is not what was sent. */
  alter(frames) {
    this.alteredUntil = this.consumed + frames;
    this.beginRun(this.runAt);
  }

  /**
   * Go round between two frames of a segment's track, if the first of them is still here.
   * @param {number} segment
   * @param {number | null} a
   * @param {number} b
   * @param {number} margin frames that its fade takes
   */
  setLoop(segment, a, b, margin) {
    const record = a === null ? null : this.segments.find((each) => each.segment === segment);
    const [from, to] = record ? [a, b].map((frame) => record.at + frame - record.startFrame) : [];
    const oldest = this.blocks[0]?.first ?? this.consumed;
    const kept = record && from >= Math.max(record.at, oldest) && this.consumed < to;
    this.loop = kept ? { from, to, margin } : null;
  }

  /** @returns {number} frames until the loop begins anew */
  get untilBack() {
    if (this.loop === null) return Infinity;
    const { from, to, margin } = this.loop;
    const next = this.segments[this.place + 1];
    // The last frames of a track are not reached: with them the segment would be over.
    const end = next ? next.at : this.complete ? this.pushed : Infinity;
    const stop = Math.min(to, end - margin);
    return stop - from < margin ? Infinity : Math.max(0, stop - this.consumed);
  }

  /** Go back to the loop's first frame. */
  rewind() {
    const { from } = this.loop;
    this.furthest = this.gone;
    this.available += this.consumed - from;
    this.consumed = from;
    this.at = 0;
    while (this.blocks[this.at].first + this.blocks[this.at].frames <= from) this.at += 1;
    this.offset = from - this.blocks[this.at].first;
    this.runAt = from;
    this.hash = HASH_SEED;
  }

  /** Stand where another queue stands, over its blocks. */
  shadow(queue) {
    this.blocks = queue.blocks;
    this.segments = queue.segments;
    this.segment = queue.segment;
    this.place = queue.place;
    this.at = queue.at;
    this.offset = queue.offset;
    this.available = queue.available;
    this.consumed = queue.consumed;
    this.runAt = Infinity; // nothing is proven
  }

  /** Let go of what waits; only the places are still known. */
  release() {
    this.blocks.length = 0;
    this.at = 0;
    this.offset = 0;
    this.available = 0;
  }

  /** Let up to `count` frames go unheard; returns how many. */
  skip(count) {
    let done = 0;
    while (done < count && this.available > 0) {
      const n = Math.min(count - done, this.blocks[this.at].frames - this.offset);
      this.use(n);
      done += n;
    }
    this.beginRun(Math.max(this.runAt, this.consumed));
    return done;
  }

  /**
   * Move frames into `outputs`; channels that the segment does not have stay as they are.
   * @param {Float32Array[]} outputs one array for each channel
   * @param {number} from first frame of `outputs` to write
   * @param {number} count frames wanted
   * @param {import("./splice.js").LaneSwitch} lanes prepared for `count` frames
   * @returns {number} frames moved, fewer than `count` only when the queue runs dry
   */
  read(outputs, from, count, lanes) {
    let done = 0;
    this.advance();
    while (done < count && this.available > 0) {
      const block = this.blocks[this.at];
      let n = Math.min(count - done, block.frames - this.offset);
      if (this.consumed < this.runAt) n = Math.min(n, this.runAt - this.consumed);
      else this.hash = prove(this.hash, block, this.offset, n);
      this.mix(block, outputs, from + done, n, lanes, done);
      this.use(n);
      done += n;
    }
    return done;
  }

  /** Count `n` frames of the present block as gone. */
  use(n) {
    this.offset += n;
    this.available -= n;
    this.consumed += n;
    if (this.offset === this.blocks[this.at].frames) {
      this.offset = 0;
      this.at += 1;
    }
    this.advance();
  }

  /** Write `n` frames of a block, in the lane that is chosen, at its gain. */
  mix(block, outputs, from, n, lanes, done) {
    const { channels, lanes: names } = this.segment;
    const count = Math.min(channels, outputs.length);
    const enhanced = names.length > 1 && names[1] === "enhanced" ? 1 : 0;
    const rest = names.length > 1 ? 1 - enhanced : 0;
    for (let c = 0; c < count; c += 1) {
      const out = outputs[c];
      if (names.length === 1 || lanes.still) {
        this.copy(block, lanes.share === 1 ? enhanced : rest, c, out, from, n);
        continue;
      }
      for (let i = 0; i < n; i += 1) {
        const a = this.sample(block, rest, c, i);
        const b = this.sample(block, enhanced, c, i);
        out[from + i] = a + lanes.weights[done + i] * (b - a);
      }
    }
  }

  copy(block, lane, channel, out, from, n) {
    const { at, glide, gains } = this.segment;
    const start = (lane * this.segment.channels + channel) * block.frames + this.offset;
    const gain = gains[lane];
    if (this.consumed - at < glide) {
      for (let i = 0; i < n; i += 1) out[from + i] = this.sample(block, lane, channel, i);
    } else {
      for (let i = 0; i < n; i += 1) out[from + i] = gain * block.samples[start + i];
    }
  }

  /** The sample `i` frames on, at its gain. */
  sample(block, lane, channel, i) {
    const { at, channels, glide, gains, fromGains } = this.segment;
    const place = (lane * channels + channel) * block.frames + this.offset + i;
    const along = this.consumed + i - at;
    let gain = gains[lane];
    if (along < glide) gain = fromGains[lane] + (gain - fromGains[lane]) * ((along + 0.5) / glide);
    return gain * block.samples[place];
  }
}
