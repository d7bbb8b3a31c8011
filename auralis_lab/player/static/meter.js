/**
 * Loudness, peaks and correlation of what is heard, measured in the audio thread.
 *
 * Loudness by ITU-R BS.1770-5: K-weighted energies over hops of 50 ms; momentary over 400 ms,
 * short-term over 3 s, integrated over the 400 ms blocks that start every 100 ms, gated at
 * -70 LUFS and 10 LU below the mean of what is left. True peak by Annex 2, at four times the rate.
 * The filters and weights are those of auralis_lab/dsp/k_weighting.py and true_peak.py. Levels are
 * in LUFS, dBTP and dBFS; -Infinity is silence, null what cannot be known.
 */

import { channelWeights, kWeighting } from "./weighting.js";

const HOPS_PER_S = 20;
const MOMENTARY_HOPS = 8;
const SHORT_TERM_HOPS = 60;
const BLOCK_HOPS = 2; // a gated block starts every 100 ms
const OFFSET_DB = -0.691;
const LOW_LUFS = -70; // absolute gate, and the lowest bin
const BINS_PER_LU = 10;
const BINS = 90 * BINS_PER_LU; // up to +20 LUFS; what is louder stays in the last bin
const RELATIVE_GATE = 0.1; // -10 LU
const CONTEXT = 11; // frames that the interpolator needs besides the newest
const MOST_AT_ONCE = 1024;

// Even and odd halves of two of the four mirrored phases, over pairs of samples, oldest first.
const OUTER = [
  -0.0083007812500, 0.0148925781250, -0.0266113281250, 0.0476074218750, -0.1022949218750,
  0.9721679687500, 0.1373291015625, -0.0594482421875, 0.0332031250000, -0.0196533203125,
  0.0109863281250, 0.0017089843750,
];
const INNER = [
  -0.0189208984375, 0.0330810546875, -0.0582275390625, 0.1015625, -0.2003173828125,
  0.7797851562500, 0.4650878906250, -0.1665039062500, 0.0891113281250, -0.0517578125000,
  0.0292968750000, -0.0291748046875,
];
const half = (phase, sign) =>
  Float64Array.from({ length: 6 }, (_, j) => (phase[j] + sign * phase[11 - j]) / 2);
const OUTER_EVEN = half(OUTER, 1);
const OUTER_ODD = half(OUTER, -1);
const INNER_EVEN = half(INNER, 1);
const INNER_ODD = half(INNER, -1);

const lufs = (power) => (power > 0 ? OFFSET_DB + 10 * Math.log10(power) : -Infinity);
const decibel = (level) => (level > 0 ? 20 * Math.log10(level) : -Infinity);

/** Takes quanta; `process` and `fill` allocate nothing. */
export class Meter {
  /**
   * @param {number} rate frames per second
   * @param {number} channels
   */
  constructor(rate, channels) {
    this.rate = rate;
    this.channels = channels;
    this.filter = kWeighting(rate); // null where the rate is too low for it
    this.weights = channelWeights(channels);
    this.states = new Float64Array(4 * channels);
    this.windows = Array.from({ length: channels }, () => new Float32Array(CONTEXT + MOST_AT_ONCE));
    this.hop = 0; // hops ever completed
    this.hopInSecond = 0;
    this.frameInSecond = 0;
    this.energies = new Float64Array(SHORT_TERM_HOPS); // K-weighted, by hop
    this.squares = new Float64Array(MOMENTARY_HOPS * (channels + 1)); // by hop; the last: left x right
    this.energy = 0; // of the hop under way
    this.square = new Float64Array(channels + 1);
    this.peak = 0; // since the last reading
    this.sample = 0;
    this.counts = new Float64Array(BINS);
    this.sums = new Float64Array(BINS);
    this.restart();
  }

  /** Begin the integrated loudness and the highest peak anew. */
  restart() {
    this.counts.fill(0);
    this.sums.fill(0);
    this.integrated = -Infinity;
    this.highest = 0;
    this.steadyHops = 0; // hops since sound began to flow
  }

  /** An object for `fill`. */
  reading() {
    return {
      momentary: -Infinity,
      shortTerm: -Infinity,
      integrated: -Infinity,
      truePeak: -Infinity, // since the last reading
      samplePeak: -Infinity,
      maxTruePeak: -Infinity, // since the track began or was sought in
      correlation: null, // of left and right, over 400 ms
      rms: new Array(this.channels).fill(-Infinity), // over 400 ms
    };
  }

  /**
   * @param {Float32Array[]} outputs
   * @param {boolean} flowing false while sound is held or has run dry
   */
  process(outputs, flowing) {
    const frames = outputs[0].length;
    for (let at = 0; at < frames; ) {
      const edge = Math.floor(((this.hopInSecond + 1) * this.rate) / HOPS_PER_S);
      const n = Math.min(frames - at, MOST_AT_ONCE, edge - this.frameInSecond);
      for (let c = 0; c < this.channels; c += 1) {
        this.findPeaks(outputs[c], at, n, this.windows[c]);
        this.weigh(outputs[c], at, n, c);
      }
      if (this.channels === 2) this.multiply(outputs[0], outputs[1], at, n);
      at += n;
      this.frameInSecond += n;
      if (!flowing) this.steadyHops = -1;
      if (this.frameInSecond === edge) this.endHop();
    }
  }

  /** Add `n` frames of a channel to the hop's energies. */
  weigh(x, from, n, c) {
    let plain = 0;
    for (let i = from; i < from + n; i += 1) plain += x[i] * x[i];
    this.square[c] += plain;
    if (this.filter === null || this.weights[c] === 0) return;
    const { shelf, highPass } = this.filter;
    const s = 4 * c;
    let s0 = this.states[s];
    let s1 = this.states[s + 1];
    let s2 = this.states[s + 2];
    let s3 = this.states[s + 3];
    let sum = 0;
    for (let i = from; i < from + n; i += 1) {
      const y = shelf[0] * x[i] + s0;
      s0 = shelf[1] * x[i] - shelf[3] * y + s1;
      s1 = shelf[2] * x[i] - shelf[4] * y;
      const z = highPass[0] * y + s2;
      s2 = highPass[1] * y - highPass[3] * z + s3;
      s3 = highPass[2] * y - highPass[4] * z;
      sum += z * z;
    }
    this.states[s] = s0;
    this.states[s + 1] = s1;
    this.states[s + 2] = s2;
    this.states[s + 3] = s3;
    this.energy += this.weights[c] * sum;
  }

  multiply(left, right, from, n) {
    let sum = 0;
    for (let i = from; i < from + n; i += 1) sum += left[i] * right[i];
    this.square[2] += sum;
  }

  /** Raise the peaks to those of `n` frames of a channel. */
  findPeaks(x, from, n, w) {
    for (let i = 0; i < n; i += 1) w[CONTEXT + i] = x[from + i];
    let peak = 0;
    let sample = 0;
    for (let i = 0; i < n; i += 1) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      for (let j = 0; j < 6; j += 1) {
        const sum = w[i + j] + w[i + 11 - j];
        const difference = w[i + j] - w[i + 11 - j];
        a += sum * OUTER_EVEN[j];
        b += difference * OUTER_ODD[j];
        c += sum * INNER_EVEN[j];
        d += difference * INNER_ODD[j];
      }
      peak = Math.max(peak, Math.abs(a) + Math.abs(b), Math.abs(c) + Math.abs(d));
      sample = Math.max(sample, Math.abs(w[CONTEXT + i]));
    }
    w.copyWithin(0, n, n + CONTEXT);
    this.sample = Math.max(this.sample, sample);
    this.peak = Math.max(this.peak, peak, sample);
    this.highest = Math.max(this.highest, this.peak);
  }

  /** Let 50 ms be over. */
  endHop() {
    const { channels } = this;
    this.energies[this.hop % SHORT_TERM_HOPS] = this.energy;
    const row = (this.hop % MOMENTARY_HOPS) * (channels + 1);
    for (let c = 0; c <= channels; c += 1) this.squares[row + c] = this.square[c];
    this.energy = 0;
    this.square.fill(0);
    this.hop += 1;
    this.steadyHops += 1;
    this.hopInSecond = (this.hopInSecond + 1) % HOPS_PER_S;
    if (this.hopInSecond === 0) this.frameInSecond = 0;
    if (this.steadyHops >= MOMENTARY_HOPS && this.steadyHops % BLOCK_HOPS === 0) this.gate();
  }

  /** Mean power over the last hops. */
  power(hops) {
    let sum = 0;
    for (let back = 1; back <= hops; back += 1) {
      sum += this.energies[(this.hop - back + SHORT_TERM_HOPS) % SHORT_TERM_HOPS];
    }
    return (sum * HOPS_PER_S) / (hops * this.rate);
  }

  /** Take the last 400 ms into the integrated loudness. */
  gate() {
    const power = this.power(MOMENTARY_HOPS);
    const level = lufs(power);
    if (level <= LOW_LUFS) return;
    const bin = Math.min(BINS - 1, Math.floor((level - LOW_LUFS) * BINS_PER_LU));
    this.counts[bin] += 1;
    this.sums[bin] += power;
    const all = this.meanAbove(0);
    this.integrated = lufs(this.meanAbove(RELATIVE_GATE * all));
  }

  /** Mean power of the blocks in bins whose own mean is above a power. */
  meanAbove(least) {
    let count = 0;
    let sum = 0;
    for (let bin = 0; bin < BINS; bin += 1) {
      if (this.sums[bin] <= least * this.counts[bin]) continue;
      count += this.counts[bin];
      sum += this.sums[bin];
    }
    return sum / count;
  }

  /** Write what there is to read into an object of `reading`. */
  fill(reading) {
    const { channels } = this;
    reading.momentary = lufs(this.power(MOMENTARY_HOPS));
    reading.shortTerm = this.hop < SHORT_TERM_HOPS ? -Infinity : lufs(this.power(SHORT_TERM_HOPS));
    reading.integrated = this.integrated;
    reading.truePeak = decibel(this.peak);
    reading.samplePeak = decibel(this.sample);
    reading.maxTruePeak = decibel(this.highest);
    for (let c = 0; c < channels; c += 1) reading.rms[c] = decibel(Math.sqrt(this.mean(c)));
    const product = channels === 2 ? Math.sqrt(this.mean(0) * this.mean(1)) : 0;
    reading.correlation = product > 0 ? this.mean(2) / product : null;
    this.peak = 0;
    this.sample = 0;
  }

  /** Mean over 400 ms of a channel's square, or of left times right. */
  mean(c) {
    const row = this.channels + 1;
    let sum = 0;
    for (let hop = 0; hop < MOMENTARY_HOPS; hop += 1) sum += this.squares[hop * row + c];
    return (sum * HOPS_PER_S) / (MOMENTARY_HOPS * this.rate);
  }
}
