/** Made sound, the slow hash, and an audio thread in small, for the tests of the audio side. */

import { Playback } from "../../auralis_lab/player/static/playback.js";
import { HASH_SEED } from "../../auralis_lab/player/static/proof.js";

export const RATE = 8000;
export const QUANTUM = 128;

/** A random generator: `random(n)` is a whole number below n. */
export function generator(seed = 440) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % n;
  };
}

/** The sample of a frame in a row (lane times channels plus channel) of a track: all differ. */
export const value = (frame, row = 0, track = 0) =>
  Math.fround((((frame * 7 + row * 3 + track * 131 + 1) % 1999) + 400) / 4000);

/** Planar block of a track. */
export function block(first, frames, rows = 2, track = 0) {
  const samples = new Float32Array(rows * frames);
  for (let row = 0; row < rows; row += 1) {
    for (let i = 0; i < frames; i += 1) samples[row * frames + i] = value(first + i, row, track);
  }
  return samples.buffer;
}

export function flat(frames, level = 0.5, rows = 2) {
  return new Float32Array(rows * frames).fill(level).buffer;
}

/** The hash by its definition, in whole-number arithmetic. */
export function slowHash(first, frames, rows = 2, track = 0) {
  let h = BigInt(HASH_SEED);
  const mask = 0xffffffffn;
  const word = new DataView(new ArrayBuffer(4));
  for (let i = first; i < first + frames; i += 1) {
    for (let row = 0; row < rows; row += 1) {
      word.setFloat32(0, value(i, row, track));
      let k = (BigInt(word.getUint32(0)) * 0xcc9e2d51n) & mask;
      k = ((k << 15n) | (k >> 17n)) & mask;
      k = (k * 0x1b873593n) & mask;
      h = (h * 0x01000193n + k) & mask;
    }
  }
  return Number(h);
}

/** The largest jump from one sample to the next. */
export function largestStep(samples) {
  let step = 0;
  for (let i = 1; i < samples.length; i += 1) {
    step = Math.max(step, Math.abs(samples[i] - samples[i - 1]));
  }
  return step;
}

/** A playback whose output and reports are kept. */
export class Ear {
  constructor(channels = 2, rate = RATE) {
    this.channels = channels;
    this.reports = [];
    this.playback = new Playback(rate, channels, (report) => this.reports.push({ ...report }));
    this.heard = Array.from({ length: channels }, () => []);
  }

  /** Flush, and declare the first segment. */
  open(epoch, startFrame = 0, told = {}) {
    this.playback.open(epoch, told.offset ?? 0);
    this.declare(epoch, 0, startFrame, told);
  }

  declare(epoch, segment, startFrame, told = {}) {
    this.playback.declare({
      epoch,
      segment,
      startFrame,
      channels: this.channels,
      lanes: ["enhanced"],
      gains: (told.lanes ?? ["enhanced"]).map(() => 1),
      ...told,
    });
  }

  push(epoch, buffer, rows = this.channels) {
    this.playback.push(epoch, buffer, buffer.byteLength / 4 / rows);
  }

  /** Run so many quanta; returns what was heard in the first channel, and the states reported. */
  run(quanta, quantum = QUANTUM) {
    const from = this.heard[0].length;
    const told = this.reports.length;
    for (let q = 0; q < quanta; q += 1) {
      const out = Array.from({ length: this.channels }, () => new Float32Array(quantum));
      this.playback.process(out);
      out.forEach((samples, c) => this.heard[c].push(...samples));
    }
    return {
      heard: this.heard[0].slice(from),
      states: this.reports.slice(told).map((report) => report.state),
    };
  }

  get last() {
    return this.reports.at(-1);
  }
}
