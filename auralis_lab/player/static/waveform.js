/**
 * The track at a glance: peaks, what was played, and how it is cut into chunks.
 *
 * Positions are fractions of the track, 0 to 1; heights are samples, full scale ±1.
 */

import { Surface } from "./surface.js";

const LANE_PX = 12; // the strip of chunks under the waveform
const BAR_PX = 2;
const GAP_PX = 1;
const LEAST_CHUNK_PX = 5; // narrower chunks are not drawn one by one

export class Waveform {
  /** @param {HTMLElement} host positioned element that the canvas fills */
  constructor(host) {
    this.surface = new Surface(host, (pen, width, height) => this.paint(pen, width, height));
    this.peaks = new Float32Array(0);
    this.grid = null;
    this.played = 0;
    this.pixel = 0; // where that is on the screen
    this.hover = null;
    this.enhanced = true;
  }

  /** @param {DataView | null} bytes float32 pairs of least and greatest sample */
  setPeaks(bytes) {
    const length = bytes ? bytes.byteLength : 0;
    const copy = length ? bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length) : null;
    this.peaks = copy ? new Float32Array(copy) : new Float32Array(0);
    this.draw();
  }

  /** @param {{total: number, chunks: number[][]} | null} grid read start and stop of each chunk */
  setGrid(grid) {
    this.grid = grid && grid.total > 0 ? grid : null;
    this.draw();
  }

  /** @param {number} played @param {boolean} enhanced */
  setPlayed(played, enhanced) {
    const pixel = Math.round(played * this.surface.width * this.surface.scale);
    const same = pixel === this.pixel && enhanced === this.enhanced;
    Object.assign(this, { played, pixel, enhanced });
    if (same) return;
    this.draw();
  }

  /** @param {number | null} fraction where the pointer is */
  setHover(fraction) {
    this.hover = fraction;
    this.draw();
  }

  draw() {
    this.surface.draw();
  }

  paint(pen, width, height) {
    if (width < 1 || height < 1) return;
    const colour = (token) => this.surface.colour(token);
    const waveHeight = height - (this.grid ? LANE_PX + 4 : 0);
    this.paintOverlaps(pen, width, waveHeight, colour);
    this.paintPeaks(pen, width, waveHeight, colour);
    this.paintLane(pen, width, height, colour);
    this.paintHeads(pen, width, waveHeight, colour);
  }

  paintPeaks(pen, width, height, colour) {
    const middle = height / 2;
    const bars = Math.max(1, Math.floor(width / (BAR_PX + GAP_PX)));
    const bins = this.peaks.length / 2;
    const split = this.played * width;
    const accent = colour(this.enhanced ? "--au-accent" : "--au-ink");
    const rest = colour("--au-before");
    for (let bar = 0; bar < bars; bar += 1) {
      const x = bar * (BAR_PX + GAP_PX);
      const [low, high] = this.extremes((bar * bins) / bars, ((bar + 1) * bins) / bars);
      const top = middle - Math.min(1, high) * (middle - 2);
      const bottom = middle - Math.max(-1, low) * (middle - 2);
      pen.fillStyle = x + BAR_PX / 2 <= split ? accent : rest;
      pen.fillRect(x, top, BAR_PX, Math.max(1, bottom - top));
    }
  }

  /** Least and greatest sample of the bins from `start` up to `stop`. */
  extremes(start, stop) {
    let low = 0;
    let high = 0;
    const last = Math.min(this.peaks.length / 2, Math.max(Math.floor(start) + 1, Math.floor(stop)));
    for (let bin = Math.floor(start); bin < last; bin += 1) {
      low = Math.min(low, this.peaks[2 * bin]);
      high = Math.max(high, this.peaks[2 * bin + 1]);
    }
    return [low, high];
  }

  /** Where two chunks overlap, a band behind the waveform. */
  paintOverlaps(pen, width, height, colour) {
    if (!this.chunksShow(width)) return;
    const { total, chunks } = this.grid;
    pen.fillStyle = colour("--au-fade");
    for (let i = 1; i < chunks.length; i += 1) {
      const start = (chunks[i][0] / total) * width;
      const stop = (chunks[i - 1][1] / total) * width;
      pen.globalAlpha = 0.1;
      pen.fillRect(start, 0, Math.max(0, stop - start), height);
      pen.globalAlpha = 0.55;
      pen.fillRect(Math.round(start), 0, 1, height);
    }
    pen.globalAlpha = 1;
  }

  /** One bar for each chunk, on two rows, so that their overlaps are seen. */
  paintLane(pen, width, height, colour) {
    if (!this.grid) return;
    const top = height - LANE_PX;
    const rule = colour("--au-rule");
    if (!this.chunksShow(width)) {
      pen.fillStyle = rule;
      pen.fillRect(0, top + LANE_PX / 2 - 1, width, 2);
      return;
    }
    const { total, chunks } = this.grid;
    const now = this.played * total;
    const accent = colour("--au-accent");
    const idle = colour("--au-control");
    chunks.forEach(([start, stop], index) => {
      const x = (start / total) * width;
      const row = top + (index % 2) * (LANE_PX / 2);
      const here = this.played > 0 && start <= now && now < stop;
      pen.fillStyle = here ? accent : idle;
      pen.globalAlpha = here ? 1 : 0.55;
      pen.fillRect(x + 0.5, row + 1, ((stop - start) / total) * width - 1, LANE_PX / 2 - 2);
    });
    pen.globalAlpha = 1;
  }

  chunksShow(width) {
    return this.grid && width / this.grid.chunks.length >= LEAST_CHUNK_PX;
  }

  paintHeads(pen, width, height, colour) {
    if (this.hover !== null) {
      pen.fillStyle = colour("--au-soft");
      pen.fillRect(Math.round(this.hover * width), 0, 1, height);
    }
    pen.fillStyle = colour("--au-ink");
    const x = Math.min(width - 2, Math.round(this.played * width));
    pen.fillRect(x, 0, 2, height);
  }

  close() {
    this.surface.close();
  }
}
