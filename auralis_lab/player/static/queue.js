/**
 * Frames waiting for the audio thread, and the proof of what it took.
 *
 * Blocks are planar Float32: all frames of the first channel, then all of the second. The hash over
 * the consumed frames is the one described in auralis_lab/stream/integrity.py.
 */

export const HASH_SEED = 0x811c9dc5;
const FACTOR = 0x01000193;

/** First in, first out; `read` allocates nothing. */
export class PcmQueue {
  constructor() {
    /** @type {{samples: Float32Array, words: Uint32Array, channels: number, frames: number}[]} */
    this.blocks = [];
    this.at = 0; // the first block not used up
    this.offset = 0; // frames used of it
    this.available = 0; // frames that wait
    this.pushed = 0; // frames ever put in
    this.consumed = 0; // frames ever taken out
    this.hash = HASH_SEED;
  }

  /**
   * Append a block. Called outside `process()`, so it may allocate.
   * @param {ArrayBuffer} buffer planar samples, `channels * frames` of them
   * @param {number} channels
   * @param {number} frames
   */
  push(buffer, channels, frames) {
    if (buffer.byteLength !== 4 * channels * frames) {
      throw new RangeError(`${buffer.byteLength} bytes are not ${channels} x ${frames} samples`);
    }
    // Used blocks are let go here, where collecting garbage hurts nobody.
    if (this.at > 0) {
      this.blocks.splice(0, this.at);
      this.at = 0;
    }
    const samples = new Float32Array(buffer);
    this.blocks.push({ samples, words: new Uint32Array(buffer), channels, frames });
    this.available += frames;
    this.pushed += frames;
  }

  /**
   * Move frames into `outputs`; channels the block does not have stay as they are.
   * @param {Float32Array[]} outputs one array for each channel
   * @param {number} from first frame of `outputs` to write
   * @param {number} count frames wanted
   * @returns {number} frames moved, fewer than `count` only when the queue runs dry
   */
  read(outputs, from, count) {
    let done = 0;
    while (done < count && this.at < this.blocks.length) {
      const block = this.blocks[this.at];
      const n = Math.min(count - done, block.frames - this.offset);
      this.take(block, outputs, from + done, n);
      done += n;
      this.offset += n;
      if (this.offset === block.frames) {
        this.offset = 0;
        this.at += 1;
      }
    }
    this.available -= done;
    this.consumed += done;
    return done;
  }

  /** Copy and hash `n` frames of one block. */
  take(block, outputs, from, n) {
    const { samples, words, channels, frames } = block;
    const start = this.offset;
    let h = this.hash;
    for (let i = 0; i < n; i += 1) {
      for (let c = 0; c < channels; c += 1) {
        const place = c * frames + start + i;
        let k = Math.imul(words[place], 0xcc9e2d51);
        k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
        h = (Math.imul(h, FACTOR) + k) | 0;
        if (c < outputs.length) outputs[c][from + i] = samples[place];
      }
    }
    this.hash = h >>> 0;
  }
}
