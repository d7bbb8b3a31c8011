/** The spectrum over time: a picture that is written column by column and wrapped around. */

import { FrequencyMap, palette, shareOfDb } from "./frequency.js";

const COLUMN_PX = 2; // of the screen's own pixels

export class Spectrogram {
  constructor() {
    this.colours = palette();
    this.picture = document.createElement("canvas");
    this.pen = this.picture.getContext("2d", { alpha: false });
    this.at = 0;
    this.filled = 0;
  }

  /** @param {number} width @param {number} height in the screen's own pixels */
  resize(width, height) {
    if (this.picture.width === width && this.picture.height === height) return;
    this.picture.width = Math.max(1, width);
    this.picture.height = Math.max(1, height);
    this.clear();
  }

  clear() {
    const [r, g, b] = this.colours;
    this.pen.fillStyle = `rgb(${r} ${g} ${b})`;
    this.pen.fillRect(0, 0, this.picture.width, this.picture.height);
    this.at = 0;
    this.filled = 0;
  }

  /** Write one more column. @param {Float32Array} lines levels in dB */
  push(lines, rate, points) {
    const { height, width } = this.picture;
    if (!this.map?.fits(height, rate, points)) {
      this.map = new FrequencyMap(height, rate, points);
      this.levels = new Float32Array(height);
      this.column = this.pen.createImageData(COLUMN_PX, height);
    }
    this.map.levels(lines, this.levels);
    const { data } = this.column;
    for (let y = 0; y < height; y += 1) {
      const colour = 4 * Math.round(255 * shareOfDb(this.levels[height - 1 - y]));
      for (let x = 0; x < COLUMN_PX; x += 1) {
        const pixel = 4 * (y * COLUMN_PX + x);
        for (let c = 0; c < 4; c += 1) data[pixel + c] = this.colours[colour + c];
      }
    }
    this.pen.putImageData(this.column, this.at, 0);
    this.at = (this.at + COLUMN_PX) % Math.max(COLUMN_PX, width - (width % COLUMN_PX));
    this.filled = Math.min(width, this.filled + COLUMN_PX);
  }

  /** Draw it with the newest column at the right edge. */
  paint(pen, width, height) {
    const { picture, at } = this;
    const usable = picture.width - (picture.width % COLUMN_PX);
    const scale = width / usable;
    pen.imageSmoothingEnabled = false;
    if (at < usable) pen.drawImage(picture, at, 0, usable - at, picture.height, 0, 0, (usable - at) * scale, height);
    if (at > 0) pen.drawImage(picture, 0, 0, at, picture.height, (usable - at) * scale, 0, at * scale, height);
  }
}
