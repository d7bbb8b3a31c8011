/** What a plan does to each band over time, held in pages around the sound. */

export const PAGE_POINTS = 4096;
export const REDUCTION_POINTS = 1000; // what the limiter does is rendered for it
const MOST_PAGES = 8;
const STEPS_PER_DB = 100;
const AHEAD = 0.75; // of a page; from there on the next one is fetched

export class GainPages {
  /** @param {(firstPoint: number, points: number) => void} ask @param {number} pagePoints */
  constructor(ask, pagePoints = PAGE_POINTS) {
    this.ask = ask;
    this.pagePoints = pagePoints;
    this.setPlan(0, 0, 1);
  }

  /** @param {number} bands @param {number} points @param {number} rate points per second */
  setPlan(bands, points, rate) {
    this.bands = bands;
    this.points = points;
    this.rate = rate;
    this.pages = new Map();
    this.asked = new Set();
  }

  /** @param {number} firstPoint @param {Int16Array | null} steps band by band */
  put(firstPoint, steps) {
    const page = firstPoint / this.pagePoints;
    this.asked.delete(page);
    this.pages.set(page, steps ?? new Int16Array(0)); // asked once, whatever comes of it
    while (this.pages.size > MOST_PAGES) this.pages.delete(this.pages.keys().next().value);
  }

  want(page) {
    if (page * this.pagePoints >= this.points || this.pages.has(page) || this.asked.has(page)) return;
    this.asked.add(page);
    this.ask(page * this.pagePoints, this.pagePoints);
  }

  /**
   * Gains at a time, in dB; the last point is held.
   * @param {number} seconds
   * @param {Float32Array} out one value a band
   * @returns {boolean} whether they are known
   */
  at(seconds, out) {
    if (!this.points) return false;
    const point = Math.min(this.points - 1, Math.max(0, Math.floor(seconds * this.rate)));
    const page = Math.floor(point / this.pagePoints);
    const place = point - page * this.pagePoints;
    this.want(page);
    if (place > AHEAD * this.pagePoints) this.want(page + 1);
    const steps = this.pages.get(page);
    if (!steps?.length) return false;
    const count = steps.length / this.bands;
    for (let band = 0; band < this.bands; band += 1) {
      out[band] = steps[band * count + Math.min(place, count - 1)] / STEPS_PER_DB;
    }
    return true;
  }
}
