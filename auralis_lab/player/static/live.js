/** The spectrum of what is heard now, and of what was heard just before. */

import { calm, part, say, Surface, Ticker } from "./surface.js";
import { FrequencyMap, HIGHEST_DB, highHz, hzAt, LOWEST_DB, shareOfDb, shareOfHz } from "./frequency.js";
import { Spectrogram } from "./spectrogram.js";

const FPS = 30;
const CALM_FPS = 3;
const SMOOTHING = 0.7;
const FALL_DB_PER_S = 14; // of the line that remembers the peaks
const NAMED_HZ = [50, 100, 200, 500, 1000, 2000, 5000, 10000];
const TOLD_MS = 4000;
const FOOT_PX = 16;

const nameOf = (hz) => (hz >= 1000 ? `${hz / 1000}k` : String(hz));

class LivePanel {
  constructor(engine, element) {
    this.engine = engine;
    this.scrolling = !calm();
    this.lines = new Float32Array(0);
    this.peaks = null;
    this.last = 0;
    this.told = 0;
    this.build(element);
    this.spectrogram = new Spectrogram();
    this.history.onsize = () => {
      const { width, height, scale } = this.history;
      this.spectrogram.resize(Math.round(width * scale), Math.round(height * scale));
    };
    this.ticker = new Ticker(calm() ? CALM_FPS : FPS, (now) => this.tick(now));
    this.hear = () => this.heard();
    for (const surface of [this.surface, this.history]) surface.onseen = this.hear;
    document.addEventListener("visibilitychange", this.hear);
    engine.addEventListener("change", this.hear);
    this.showScrolling();
    this.heard();
  }

  build(element) {
    this.plot = part("div", "au-live-spectrum", { role: "img", "aria-label": "Live spectrum" });
    this.surface = new Surface(this.plot, (pen, width, height) => this.paint(pen, width, height));
    this.field = part("div", "au-spectrogram", { role: "img", "aria-label": "Spectrogram, newest on the right" });
    this.history = new Surface(this.field, (pen, width, height) => this.paintHistory(pen, width, height));
    this.button = part("button", "au-tool", {
      type: "button",
      click: () => {
        this.scrolling = !this.scrolling;
        this.showScrolling();
      },
    });
    this.words = part("p", "au-heard");
    const head = part("div", "au-sight-head", {}, part("h2", "", {}, "Live spectrum"), part("div", "au-tools", {}, this.button));
    this.root = part("section", "auralis au-sight au-live", { "aria-label": "Live spectrum" }, head, this.plot, this.field, this.words);
    element.append(this.root);
  }

  showScrolling() {
    say(this.button, this.scrolling ? "Hold" : "Scroll");
    this.button.setAttribute("aria-label", this.scrolling ? "Hold the spectrogram still" : "Let the spectrogram scroll");
    this.button.title = this.button.getAttribute("aria-label");
  }

  heard() {
    const { engine } = this;
    const seen = this.surface.active || this.history.active;
    const on = engine.state === "playing" && engine.analyser !== null && seen;
    if (on !== this.ticker.on) this.ticker.turn(on);
    if (!on) this.surface.draw();
  }

  tick(now) {
    const { analyser } = this.engine;
    if (!analyser) return;
    if (analyser !== this.analyser) {
      this.analyser = analyser;
      analyser.smoothingTimeConstant = SMOOTHING;
      this.lines = new Float32Array(analyser.frequencyBinCount);
      this.peaks = null;
    }
    analyser.getFloatFrequencyData(this.lines);
    const { sampleRate } = analyser.context;
    this.remember(Math.min(200, now - this.last) / 1000, sampleRate, analyser.fftSize);
    this.last = now;
    this.surface.draw();
    if (this.scrolling && this.history.active) {
      this.spectrogram.push(this.lines, sampleRate, analyser.fftSize);
      this.history.draw();
    }
    if (now - this.told > TOLD_MS) this.tell(now);
  }

  /** The levels at each pixel, and the line of peaks, which falls. */
  remember(seconds, rate, points) {
    const places = Math.max(1, Math.round(this.surface.width));
    if (!this.map?.fits(places, rate, points)) {
      this.map = new FrequencyMap(places, rate, points);
      this.levels = new Float32Array(places);
      this.peaks = null;
    }
    this.map.levels(this.lines, this.levels);
    if (this.peaks === null) this.peaks = Float32Array.from(this.levels);
    for (let n = 0; n < places; n += 1) {
      this.peaks[n] = Math.max(this.levels[n], this.peaks[n] - FALL_DB_PER_S * seconds);
    }
  }

  tell(now) {
    this.told = now;
    let most = 0;
    for (let n = 1; n < this.levels.length; n += 1) if (this.levels[n] > this.levels[most]) most = n;
    const hz = hzAt((most + 0.5) / this.levels.length, highHz(this.map.rate));
    say(this.words, this.levels[most] > LOWEST_DB ? `Loudest around ${Number(hz.toPrecision(2))} Hz.` : "Silence.");
  }

  paint(pen, width, height) {
    const tall = height - FOOT_PX;
    const y = (db) => tall * (1 - shareOfDb(db));
    const colour = (token) => this.surface.colour(token);
    this.paintGrid(pen, width, tall, height, y, colour);
    if (!this.peaks) return;
    // Single rectangles on whole pixels are drawn faster than paths.
    pen.fillStyle = colour("--au-accent");
    pen.globalAlpha = 0.22;
    const heights = this.levels.map((level) => Math.round(y(level)));
    heights.forEach((top, x) => pen.fillRect(x, top, 1, tall - top));
    pen.globalAlpha = 1;
    heights.forEach((top, x) => {
      const before = heights[Math.max(0, x - 1)];
      pen.fillRect(x, Math.min(top, before), 1, Math.max(2, Math.abs(top - before)));
    });
    pen.fillStyle = colour("--au-soft");
    for (let x = 0; x < this.peaks.length; x += 4) pen.fillRect(x, Math.round(y(this.peaks[x])), 2, 1);
  }

  paintGrid(pen, width, tall, height, y, colour) {
    const high = highHz(this.analyser?.context.sampleRate ?? this.engine.track?.rate_hz ?? 44100);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    pen.textAlign = "center";
    let free = 24;
    for (const hz of NAMED_HZ) {
      const x = shareOfHz(hz, high) * width;
      if (x > width - 10) break;
      pen.fillStyle = colour("--au-rule");
      pen.fillRect(Math.round(x), 0, 1, tall);
      if (x < free) continue;
      free = x + 34;
      pen.fillStyle = colour("--au-soft");
      pen.fillText(nameOf(hz), x, height - FOOT_PX / 2);
    }
    pen.textAlign = "left";
    for (let db = Math.ceil(LOWEST_DB / 20) * 20 + 20; db < HIGHEST_DB; db += 20) {
      pen.fillStyle = colour("--au-rule");
      pen.fillRect(0, Math.round(y(db)), width, 1);
      pen.fillStyle = colour("--au-soft");
      pen.fillText(`−${-db}`, 3, y(db) - 7);
    }
  }

  paintHistory(pen, width, height) {
    this.spectrogram.paint(pen, width, height);
    const high = highHz(this.analyser?.context.sampleRate ?? 44100);
    pen.font = "11px system-ui, sans-serif";
    pen.textBaseline = "middle";
    for (const hz of [100, 1000, 10000]) {
      const y = height * (1 - shareOfHz(hz, high));
      pen.fillStyle = "rgb(255 255 255 / 0.28)";
      pen.fillRect(0, Math.round(y), 6, 1);
      pen.fillStyle = "rgb(255 255 255 / 0.85)";
      pen.fillText(nameOf(hz), 9, y);
    }
  }

  close() {
    this.ticker.turn(false);
    document.removeEventListener("visibilitychange", this.hear);
    this.engine.removeEventListener("change", this.hear);
    this.surface.close();
    this.history.close();
    this.root.remove();
  }
}

/**
 * @param {object} _model nothing is asked of it
 * @param {import("./engine.js").Engine} engine
 * @param {HTMLElement} element
 * @returns {() => void} takes it away
 */
export function mountLive(_model, engine, element) {
  const panel = new LivePanel(engine, element);
  return () => panel.close();
}
