/** The whole track in a narrow band, with a window on what is seen closely; drag to move it. */

import { part, Surface } from "./surface.js";
import { FULL } from "./tiles.js";

export class Minimap {
  /**
   * @param {import("./strip.js").Scene} scene shared with the strip
   * @param {(share: number) => void} onmove where the middle of the window is wanted, 0 to 1
   */
  constructor(scene, onmove) {
    this.scene = scene;
    this.root = part("div", "au-minimap", {
      "aria-hidden": "true",
      pointerdown: (event) => {
        if (event.button !== 0) return;
        this.root.setPointerCapture(event.pointerId);
        this.dragging = true;
        onmove(this.share(event));
      },
      pointermove: (event) => this.dragging && onmove(this.share(event)),
      pointerup: () => (this.dragging = false),
      pointercancel: () => (this.dragging = false),
    });
    this.surface = new Surface(this.root, (pen, width, height) => this.paint(pen, width, height));
  }

  share(event) {
    const { left, width } = this.root.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  paint(pen, width, height) {
    const { viewport, tiles, facts, playhead } = this.scene;
    const total = facts.total_frames;
    if (!total) return;
    const columns = Math.max(1, Math.round(width));
    const framesPerBin = 2 ** Math.max(8, Math.floor(Math.log2(total / columns)));
    tiles.want(0, total, framesPerBin, total);
    if (this.outline?.length !== 3 * columns) this.outline = new Int16Array(3 * columns);
    if (this.made !== `${tiles.version} ${columns} ${total}`) {
      this.made = `${tiles.version} ${columns} ${total}`;
      tiles.columns(0, total / columns, framesPerBin, this.outline);
    }
    const [from, to] = [(viewport.start / total) * width, (viewport.stop / total) * width];
    pen.fillStyle = this.surface.colour("--au-accent-wash");
    pen.fillRect(from, 0, Math.max(3, to - from), height);
    const y = (step) => height / 2 - ((height / 2 - 2) * Math.max(-FULL, Math.min(FULL, step))) / FULL;
    pen.fillStyle = this.surface.colour("--au-before");
    for (let x = 0; x < columns; x += 1) {
      const [low, high] = [this.outline[3 * x], this.outline[3 * x + 1]];
      const top = Math.round(y(high));
      if (low <= high) pen.fillRect(x, top, 1, Math.max(1, Math.round(y(low)) - top));
    }
    pen.strokeStyle = this.surface.colour("--au-accent");
    pen.lineWidth = 1.5;
    pen.strokeRect(from + 0.75, 0.75, Math.max(3, to - from) - 1.5, height - 1.5);
    if (playhead >= 0) {
      pen.fillStyle = this.surface.colour("--au-ink");
      pen.fillRect(Math.round((playhead / total) * width), 0, 2, height);
    }
  }

  /** Draw where anything has moved by a pixel. */
  draw() {
    const { viewport, tiles, facts, playhead } = this.scene;
    const pixel = (frame) => Math.round((frame * this.surface.width) / (facts.total_frames || 1));
    const state = [pixel(viewport.start), pixel(viewport.stop), pixel(playhead), tiles.version, facts.total_frames].join();
    if (state === this.state) return;
    this.state = state;
    this.surface.draw();
  }

  close() {
    this.surface.close();
  }
}
