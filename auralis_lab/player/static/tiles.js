/**
 * The parts of a track's outline that were fetched: tiles of equal numbers of bins at
 * magnifications of powers of two, the least recently drawn forgotten first.
 */

import { MOST_PER_BIN } from "./viewport.js";

export const FULL = 16384; // steps of full scale
export const TILE_BINS = 512;
const MOST_TILES = 160;
const MOST_ASKED = 4;

export class Tiles {
  /** @param {(startFrame: number, framesPerBin: number, bins: number) => void} ask */
  constructor(ask) {
    this.ask = ask;
    this.forget();
  }

  forget() {
    /** @type {Map<string, Int16Array>} */
    this.kept = new Map();
    this.asked = new Set();
    this.refused = new Set();
    this.version = (this.version ?? 0) + 1; // grows with each tile
  }

  /** Ask for what is missing between two frames, nearest first, a few at a time. */
  want(start, stop, framesPerBin, total) {
    const tile = framesPerBin * TILE_BINS;
    const end = Math.min(stop, total);
    for (let n = Math.floor(Math.max(0, start) / tile); n * tile < end; n += 1) {
      if (this.asked.size >= MOST_ASKED) return;
      const key = `${framesPerBin}:${n}`;
      if (this.kept.has(key) || this.asked.has(key) || this.refused.has(key)) continue;
      this.asked.add(key);
      this.ask(n * tile, framesPerBin, TILE_BINS);
    }
  }

  /** @param {Int16Array | null} outline triples; `null` when there is no answer */
  put(startFrame, framesPerBin, outline) {
    const key = `${framesPerBin}:${startFrame / (framesPerBin * TILE_BINS)}`;
    this.asked.delete(key);
    if (outline === null) {
      this.refused.add(key);
      return;
    }
    this.kept.set(key, outline);
    this.version += 1;
    while (this.kept.size > MOST_TILES) this.kept.delete(this.kept.keys().next().value);
  }

  /** The tile looked up last is most often the one that is wanted. */
  tile(framesPerBin, n) {
    const { last } = this;
    if (last?.bin === framesPerBin && last.n === n && last.version === this.version) return last.tile;
    const tile = this.find(`${framesPerBin}:${n}`);
    if (tile) this.last = { bin: framesPerBin, n, version: this.version, tile };
    return tile;
  }

  find(key) {
    const tile = this.kept.get(key);
    if (tile) {
      this.kept.delete(key);
      this.kept.set(key, tile);
    }
    return tile;
  }

  /**
   * Least, greatest and root mean square for each of some columns, in steps of 1/16,384.
   * @param {number} start frame at the left edge of the first column
   * @param {number} framesPerColumn
   * @param {number} framesPerBin
   * @param {Int16Array} out three numbers for each column; columns without any hold greatest < least
   */
  columns(start, framesPerColumn, framesPerBin, out) {
    const count = out.length / 3;
    let missing = 0;
    for (let column = 0; column < count; column += 1) {
      out[3 * column] = 1;
      out[3 * column + 1] = 0;
      out[3 * column + 2] = 0;
      const from = start + column * framesPerColumn;
      let bin = framesPerBin;
      while (bin <= MOST_PER_BIN && !this.merge(from, framesPerColumn, bin, out, 3 * column)) bin *= 2;
      if (bin !== framesPerBin) missing += 1;
    }
    return missing;
  }

  merge(from, frames, framesPerBin, out, at) {
    const first = Math.max(0, Math.floor(from / framesPerBin));
    const last = Math.max(first + 1, Math.floor((from + frames) / framesPerBin));
    let low = 1;
    let high = 0;
    let rms = 0;
    let found = false;
    let place = -1;
    let tile;
    for (let bin = first; bin < last; bin += 1) {
      const n = Math.floor(bin / TILE_BINS);
      if (n !== place) {
        place = n;
        tile = this.tile(framesPerBin, n);
        if (!tile) return false;
      }
      const i = 3 * (bin - n * TILE_BINS);
      if (i + 2 >= tile.length) break; // behind the end
      low = found ? Math.min(low, tile[i]) : tile[i];
      high = found ? Math.max(high, tile[i + 1]) : tile[i + 1];
      rms = Math.max(rms, tile[i + 2]);
      found = true;
    }
    if (found) {
      out[at] = low;
      out[at + 1] = high;
      out[at + 2] = rms;
    }
    return tile !== undefined;
  }
}
