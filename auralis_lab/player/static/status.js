/** The line that says what is going on, in words and in figures. */

import { make } from "./controls.js";

const METER_MS = 500;
const SMOOTHING = 0.75; // blocks come in pieces: a mean over a few seconds

const STATES = {
  idle: "Ready",
  opening: "Opening",
  playing: "Playing",
  paused: "Paused",
  buffering: "Waiting for sound",
  blocked: "Press play: the browser lets sound out after a click",
  stopped: "Stopped",
  ended: "Finished",
  failed: "Stopped by an error",
};

const WAITING = new Set(["opening", "buffering"]);
const BUSY = "The kernel is busy: sound goes on when it is free";

const FIGURES = {
  chunk: "Chunk",
  buffer: "Buffer",
  stream: "Stream",
  latency: "Latency",
  underruns: "Underruns",
};

export class StatusLine {
  /**
   * @param {import("./engine.js").Engine} engine
   * @param {import("./sides.js").Sides} sides
   * @param {import("./kernel.js").KernelWatch} kernel
   */
  constructor(engine, sides, kernel) {
    this.engine = engine;
    this.sides = sides;
    this.kernel = kernel;
    this.words = make("span", { class: "auralis-state", role: "status" });
    this.figures = {};
    const list = make("div", { class: "auralis-figures" });
    for (const [key, name] of Object.entries(FIGURES)) {
      this.figures[key] = make("b", {}, "–");
      list.append(make("span", {}, `${name} `, this.figures[key]));
    }
    this.root = make("footer", { class: "auralis-status" }, this.words, list);
    this.bytes = engine.bytes;
    this.perSecond = 0;
    this.meter = setInterval(() => this.measure(), METER_MS);
  }

  /**
   * @param {object} sound what is chosen: enhanced, preset, intensity
   * @param {number[][]} chunks read start and stop of each chunk of the track
   */
  show(sound, chunks) {
    const { engine, figures } = this;
    this.sound = sound;
    this.showWords();
    const { report } = engine;
    const latencyMs = (this.latencyMs = engine.latencyMs ?? this.latencyMs ?? null);
    const rate = engine.track?.rate_hz ?? 1;
    figures.buffer.textContent = report ? `${(report.queued / rate).toFixed(1)} s` : "–";
    figures.latency.textContent = latencyMs === null ? "–" : `${Math.round(latencyMs)} ms`;
    figures.underruns.textContent = report ? String(report.underruns) : "–";
    figures.underruns.toggleAttribute("data-alert", (report?.underruns ?? 0) > 0);
    const next = chunks.findIndex(([start]) => start > engine.position);
    const number = next < 0 ? chunks.length : next;
    figures.chunk.textContent = chunks.length ? `${number} of ${chunks.length}` : "–";
  }

  showWords() {
    const words = this.wordsNow();
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  wordsNow() {
    const { engine } = this;
    if (engine.notice) return engine.notice;
    if (!window.isSecureContext) return "Sound needs a secure page: https or localhost";
    if (!engine.track && !engine.message) return "Load a track to listen";
    if (WAITING.has(engine.state) && this.kernel.busy) return BUSY;
    if (engine.state === "playing" && !engine.message) return engine.compare ? "Comparing" : this.sides.heard(this.sound);
    return engine.message || STATES[engine.state];
  }

  measure() {
    const { engine } = this;
    if (WAITING.has(engine.state) && this.sound) this.showWords();
    const now = ((engine.bytes - this.bytes) * 1000) / METER_MS;
    this.bytes = engine.bytes;
    this.perSecond = SMOOTHING * this.perSecond + (1 - SMOOTHING) * now;
    const quiet = this.perSecond < 500;
    this.figures.stream.textContent = quiet ? "–" : `${Math.round(this.perSecond / 1000)} kB/s`;
  }

  close() {
    clearInterval(this.meter);
  }
}
