/**
 * Faster or slower at the same pitch: waveform-similarity overlap-add.
 *
 * Sound is drawn on from where it is (`natural`) and, step by step, crossed over to a place near
 * where it should be by now (`ideal`), the one that looks most like the natural continuation. At
 * rate 1 both places are one, so nothing is changed, and once what was fetched ahead is used up
 * frames go through untouched.
 */

const STEP_S = 0.025;
const SEARCH_S = 0.01;
const COARSE_HZ = 8000; // rate at which similarity is judged first
const QUANTUM = 128; // frames fetched at once
const SLOWEST = 0.5;
const FASTEST = 2;

/** `process` allocates nothing. */
export class Stretch {
  /**
   * @param {number} rate frames per second
   * @param {number} channels
   * @param {(outputs: Float32Array[], frames: number) => void} fetch fills zeroed arrays
   */
  constructor(rate, channels, fetch) {
    this.fetch = fetch;
    this.speed = 1;
    this.step = Math.round(STEP_S * rate);
    this.reach = Math.round(SEARCH_S * rate);
    this.coarse = Math.max(1, Math.round(rate / COARSE_HZ));
    this.weights = Float64Array.from(
      { length: this.step },
      (_, i) => Math.sin(((i + 0.5) * Math.PI) / (2 * this.step)) ** 2,
    );
    const room = 2 * (FASTEST + 2) * (this.step + this.reach) + QUANTUM;
    this.fetched = Array.from({ length: channels }, () => new Float32Array(QUANTUM));
    this.rows = Array.from({ length: channels }, () => new Float32Array(room));
    this.mono = new Float32Array(room);
    this.room = room;
    this.end = 0; // frames in the rows
    this.natural = 0; // first frame of the natural continuation
    this.chosen = 0; // first frame of what is crossed over to
    this.ideal = 0;
    this.at = -1; // frames of the present step that are out, or -1 between steps
  }

  /** @returns {number} frames that were fetched and are still to be heard */
  get ahead() {
    return this.end - this.natural;
  }

  /** @param {number} speed 0.5 to 2 */
  setSpeed(speed) {
    this.speed = Math.min(FASTEST, Math.max(SLOWEST, speed));
  }

  /**
   * Fill one quantum.
   * @param {Float32Array[]} outputs zeroed arrays, one for each channel
   */
  process(outputs) {
    const frames = outputs[0].length;
    if (this.speed === 1 && this.at < 0 && this.natural === this.end) {
      this.fetch(outputs, frames);
      return;
    }
    for (let from = 0; from < frames; ) {
      if (this.at < 0 && this.speed === 1) from += this.drain(outputs, from, frames - from);
      else {
        if (this.at < 0) this.begin();
        from += this.cross(outputs, from, frames - from);
      }
    }
  }

  /** Write up to `count` frames of what was fetched ahead, or is fetched now; returns how many. */
  drain(outputs, from, count) {
    if (this.natural === this.end) this.fetchMore(Math.min(count, QUANTUM));
    const n = Math.min(count, this.end - this.natural);
    for (let c = 0; c < outputs.length; c += 1) {
      const row = this.rows[c];
      for (let i = 0; i < n; i += 1) outputs[c][from + i] = row[this.natural + i];
    }
    this.natural += n;
    this.ideal = this.natural;
    return n;
  }

  /** Choose where the next step goes. */
  begin() {
    const ahead = Math.max(this.natural, Math.ceil(this.ideal) + this.reach) + this.step;
    this.makeRoom(ahead);
    while (this.end < Math.max(this.natural, Math.ceil(this.ideal) + this.reach) + this.step) {
      this.fetchMore(QUANTUM);
    }
    this.chosen = this.mostAlike();
    this.at = 0;
  }

  /** Write up to `count` frames of the present step; returns how many. */
  cross(outputs, from, count) {
    const n = Math.min(count, this.step - this.at);
    for (let c = 0; c < outputs.length; c += 1) {
      const row = this.rows[c];
      for (let i = 0; i < n; i += 1) {
        const old = row[this.natural + this.at + i];
        const next = row[this.chosen + this.at + i];
        outputs[c][from + i] = old + this.weights[this.at + i] * (next - old);
      }
    }
    this.at += n;
    if (this.at === this.step) {
      this.at = -1;
      this.natural = this.chosen + this.step;
      this.ideal += this.step * this.speed;
    }
    return n;
  }

  /** The frame around the ideal one from which sound is most like its natural continuation. */
  mostAlike() {
    const centre = Math.round(this.ideal);
    if (centre === this.natural) return centre;
    const first = Math.max(0, centre - this.reach);
    const { coarse } = this;
    const near = this.best(first, centre + this.reach, coarse, coarse);
    return this.best(Math.max(first, near - coarse + 1), near + coarse - 1, 1, 2);
  }

  /** The best of the places from `first` to `last`, judged by every `stride`-th frame. */
  best(first, last, hop, stride) {
    const { mono, natural, step } = this;
    let best = first;
    let likeness = -Infinity;
    for (let place = first; place <= last; place += hop) {
      let product = 0;
      let power = 1e-9;
      for (let i = 0; i < step; i += stride) {
        const sample = mono[place + i];
        product += sample * mono[natural + i];
        power += sample * sample;
      }
      const found = product / Math.sqrt(power);
      if (found > likeness) {
        likeness = found;
        best = place;
      }
    }
    return best;
  }

  /** Move what is still needed to the front when frame `last` would not fit. */
  makeRoom(last) {
    if (last + QUANTUM <= this.room) return;
    const unused = Math.max(0, Math.min(this.natural, Math.floor(this.ideal) - this.reach));
    for (const row of this.rows) row.copyWithin(0, unused, this.end);
    this.mono.copyWithin(0, unused, this.end);
    this.end -= unused;
    this.natural -= unused;
    this.ideal -= unused;
  }

  /** Append up to a quantum. */
  fetchMore(frames) {
    if (this.end + frames > this.room) this.makeRoom(this.room);
    for (const row of this.fetched) row.fill(0);
    this.fetch(this.fetched, frames);
    for (let i = 0; i < frames; i += 1) {
      let sum = 0;
      for (let c = 0; c < this.rows.length; c += 1) {
        const sample = this.fetched[c][i];
        this.rows[c][this.end + i] = sample;
        sum += sample;
      }
      this.mono[this.end + i] = sum;
    }
    this.end += frames;
  }
}
