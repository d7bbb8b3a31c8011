/** From the lines of a spectrum to pixels on a logarithmic axis, and from levels to colours. */

export const LOW_HZ = 20;
export const LOWEST_DB = -100;
export const HIGHEST_DB = -10;
const MOST_HZ = 20000;

/** The highest frequency shown at a rate. */
export const highHz = (rate) => Math.min(MOST_HZ, rate / 2);

/** Where a frequency lies between both ends of the axis, 0 to 1. */
export function shareOfHz(hz, high, low = LOW_HZ) {
  return Math.log(hz / low) / Math.log(high / low);
}

/** The frequency at a share of the axis. */
export function hzAt(share, high, low = LOW_HZ) {
  return low * (high / low) ** share;
}

/** For each of some places along the axis, the lines of the spectrum that belong to it. */
export class FrequencyMap {
  /**
   * @param {number} places @param {number} rate frames per second @param {number} points of the FFT
   */
  constructor(places, rate, points) {
    this.places = places;
    this.rate = rate;
    this.points = points;
    const high = highHz(rate);
    const most = points / 2 - 1;
    this.from = new Float32Array(places); // in lines, with a fraction
    this.to = new Float32Array(places);
    for (let n = 0; n < places; n += 1) {
      this.from[n] = Math.min(most, (hzAt(n / places, high) * points) / rate);
      this.to[n] = Math.min(most, (hzAt((n + 1) / places, high) * points) / rate);
    }
  }

  fits(places, rate, points) {
    return places === this.places && rate === this.rate && points === this.points;
  }

  /** The greatest level of each place; between two lines where a place has none of its own. */
  levels(lines, out) {
    for (let n = 0; n < this.places; n += 1) {
      const first = Math.ceil(this.from[n]);
      const last = Math.floor(this.to[n]);
      let level;
      if (last < first) {
        const low = Math.floor(this.from[n]);
        const part = (this.from[n] + this.to[n]) / 2 - low;
        level = (1 - part) * lines[low] + part * lines[low + 1];
      } else {
        level = lines[first];
        for (let line = first + 1; line <= last; line += 1) level = Math.max(level, lines[line]);
      }
      out[n] = level;
    }
    return out;
  }
}

/** 0 to 1 over the levels shown. */
export function shareOfDb(db, low = LOWEST_DB, high = HIGHEST_DB) {
  return Math.min(1, Math.max(0, (db - low) / (high - low)));
}

// From dark to light evenly, and from blue to yellow, which nearly everybody can tell apart.
const ANCHORS = [
  [8, 14, 30], [18, 44, 92], [62, 74, 108], [104, 104, 116], [146, 136, 116], [194, 172, 92], [250, 226, 80],
];

/** 256 colours for levels from low to high. @returns {Uint8ClampedArray} RGBA */
export function palette() {
  const out = new Uint8ClampedArray(256 * 4);
  for (let n = 0; n < 256; n += 1) {
    const at = (n / 255) * (ANCHORS.length - 1);
    const i = Math.min(ANCHORS.length - 2, Math.floor(at));
    for (let c = 0; c < 3; c += 1) {
      out[4 * n + c] = ANCHORS[i][c] + (at - i) * (ANCHORS[i + 1][c] - ANCHORS[i][c]);
    }
    out[4 * n + 3] = 255;
  }
  return out;
}
