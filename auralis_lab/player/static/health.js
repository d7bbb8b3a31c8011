/** How playing is doing, in figures: what waits, what was missed, how quick the answers come. */

import { Questions } from "./engines.js";
import { bytesText, countText } from "./scales.js";

const LOOK_MS = 500;
const ASK_MS = 2000;
const SMOOTHING = 0.75;

/** @type {[string, string, string][]} */
const FIGURES = [
  ["queued", "Queued", "Sound that waits in this page"],
  ["underruns", "Underruns", "Times that nothing was there to play"],
  ["credit", "Consumed", "Frames of this stream that were played or skipped"],
  ["latency", "Click to sound", "From the gesture to the first frame"],
  ["splice", "Splice", "From a change to the first frame of it"],
  ["stream", "Stream", "What comes from the kernel"],
  ["hits", "Cache hits", "Blocks that need not be rendered again"],
  ["memory", "Blocks held", "Rendered sound in the kernel's memory"],
  ["speed", "Rendering", "Times real time, while it renders"],
];

const ms = (value) => (value === null || value === undefined ? "–" : `${Math.round(value)} ms`);

/** Every figure as text. @param {object} health of the engine @param {object | null} kernel */
export function healthTexts(health, kernel, rate, bytesPerS) {
  const asked = kernel ? kernel.hits + kernel.misses : 0;
  const speed = kernel?.rendered_frames_per_s;
  return {
    queued: `${health.queued_s.toFixed(1)} s`,
    underruns: String(health.underruns),
    credit: countText(health.credit),
    latency: ms(health.latencyMs),
    splice: ms(health.spliceMs),
    stream: bytesPerS < 500 ? "–" : `${Math.round(bytesPerS / 1000)} kB/s`,
    hits: asked ? `${Math.round((100 * kernel.hits) / asked)} % of ${countText(asked)}` : "–",
    memory: kernel ? bytesText(kernel.memory_bytes) : "–",
    speed: speed && rate ? `${countText(speed / rate)}×` : "–",
  };
}

/** One sentence about all of it. */
export function healthSentence(health, state) {
  if (health.underruns) return `${health.underruns} ${health.underruns === 1 ? "gap" : "gaps"} in the sound so far.`;
  if (state === "playing") return "Playing without a gap.";
  return "Nothing plays.";
}

class HealthPanel {
  constructor(model, engine, element) {
    this.engine = engine;
    this.questions = new Questions(model, 5000);
    this.kernel = null;
    this.asking = false;
    this.askedAt = -ASK_MS;
    this.bytes = engine.health.bytes;
    this.perSecond = 0;
    this.latest = { latencyMs: null, spliceMs: null }; // the stream that sounds has one of them at most
    this.cells = {};
    const list = document.createElement("dl");
    for (const [key, name, title] of FIGURES) {
      const row = document.createElement("div");
      const term = document.createElement("dt");
      this.cells[key] = document.createElement("dd");
      term.textContent = name;
      row.title = title;
      row.append(term, this.cells[key]);
      list.append(row);
    }
    this.words = document.createElement("p");
    this.words.className = "au-health-words";
    this.words.setAttribute("role", "status");
    const name = document.createElement("h2");
    name.textContent = "Health";
    this.root = document.createElement("section");
    this.root.className = "auralis au-sight au-health";
    this.root.setAttribute("aria-label", "Health of playback");
    this.root.append(name, this.words, list);
    element.append(this.root);
    this.seen = true;
    this.sight = new IntersectionObserver(([entry]) => (this.seen = entry.isIntersecting));
    this.sight.observe(this.root);
    this.keep = () => this.keepLatest();
    engine.addEventListener("change", this.keep);
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.look();
  }

  keepLatest() {
    const { latencyMs, spliceMs } = this.engine.health;
    this.latest.latencyMs = latencyMs ?? this.latest.latencyMs;
    this.latest.spliceMs = spliceMs ?? this.latest.spliceMs;
  }

  look() {
    const { engine } = this;
    const { health } = engine;
    const now = ((health.bytes - this.bytes) * 1000) / LOOK_MS;
    this.bytes = health.bytes;
    this.perSecond = SMOOTHING * this.perSecond + (1 - SMOOTHING) * now;
    if (!this.seen || document.hidden) return;
    this.ask();
    this.keepLatest();
    const texts = healthTexts({ ...health, ...this.latest }, this.kernel, engine.track?.rate_hz, this.perSecond);
    for (const [key, text] of Object.entries(texts)) {
      if (this.cells[key].textContent !== text) this.cells[key].textContent = text;
    }
    this.cells.underruns.toggleAttribute("data-alert", health.underruns > 0);
    const words = healthSentence(health, engine.state);
    if (this.words.textContent !== words) this.words.textContent = words;
  }

  ask() {
    const now = performance.now();
    if (this.asking || now - this.askedAt < ASK_MS) return;
    this.asking = true;
    this.askedAt = now;
    this.questions.ask({ type: "health" }, (answer) => {
      this.asking = false;
      if (answer) this.kernel = answer;
    });
  }

  close() {
    clearInterval(this.timer);
    this.engine.removeEventListener("change", this.keep);
    this.sight.disconnect();
    this.questions.close();
    this.root.remove();
  }
}

/**
 * @param {object} model of a `Health`
 * @param {import("./engine.js").Engine} engine
 * @param {HTMLElement} element
 * @returns {() => void} takes it away
 */
export function mountHealth(model, engine, element) {
  const panel = new HealthPanel(model, engine, element);
  return () => panel.close();
}
