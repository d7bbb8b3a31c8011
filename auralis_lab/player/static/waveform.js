/**
 * The track at a glance: peaks, what was played, and how it is cut into chunks.
 *
 * Positions are fractions of the track, 0 to 1; heights are samples, full scale ±1.
 */

const LANE_PX = 12; // the strip of chunks under the waveform
const BAR_PX = 2;
const GAP_PX = 1;
const LEAST_CHUNK_PX = 5; // narrower chunks are not drawn one by one

export class Waveform {
  /** @param {HTMLElement} host positioned element that the canvas fills */
  constructor(host) {
    this.host = host;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    this.peaks = new Float32Array(0);
    this.grid = null;
    this.played = 0;
    this.hover = null;
    this.enhanced = true;
    this.pending = 0;
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(host);
    this.redraw = () => this.draw();
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.redraw);
    this.themes = new MutationObserver(this.redraw);
    this.themes.observe(document.body, { attributeFilter: ["data-jp-theme-light", "class"] });
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
    if (played === this.played && enhanced === this.enhanced) return;
    this.played = played;
    this.enhanced = enhanced;
    this.draw();
  }

  /** @param {number | null} fraction where the pointer is */
  setHover(fraction) {
    this.hover = fraction;
    this.draw();
  }

  /** Draw once in the next frame, however often it is asked for. */
  draw() {
    if (!this.pending) {
      this.pending = requestAnimationFrame(() => {
        this.pending = 0;
        this.paint();
      });
    }
  }

  paint() {
    const { width, height } = this.host.getBoundingClientRect();
    if (width < 1 || height < 1) return;
    const scale = window.devicePixelRatio || 1;
    const size = [Math.round(width * scale), Math.round(height * scale)];
    if (this.canvas.width !== size[0]) this.canvas.width = size[0];
    if (this.canvas.height !== size[1]) this.canvas.height = size[1];
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const colour = (token) => this.colour(token);
    const waveHeight = height - (this.grid ? LANE_PX + 4 : 0);
    this.paintOverlaps(pen, width, waveHeight, colour);
    this.paintPeaks(pen, width, waveHeight, colour);
    this.paintLane(pen, width, height, colour);
    this.paintHeads(pen, width, waveHeight, colour);
  }

  /** A token's colour as the canvas wants it. */
  colour(token) {
    this.canvas.style.color = `var(${token})`;
    return getComputedStyle(this.canvas).color;
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
    this.observer.disconnect();
    this.themes.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    if (this.pending) cancelAnimationFrame(this.pending);
  }
}
