/**
 * Loudness against the target, true peak, correlation, and what limiter and bands do now.
 * Bars move by transforms alone; figures change four times a second, spoken words every few seconds.
 */

import { int16Of, Questions } from "./engines.js";
import { inNextFrame, notInNextFrame } from "./frames.js";
import { correlationWord, Hold, levelText, shareOn, spokenLevel } from "./scales.js";
import { GainPages } from "./gains.js";
import { ReductionMeter } from "./reduction.js";

const LOUDNESS = [-41, -5];
const PEAK = [-30, 3];
const GAIN = [-6, 6];
const FIGURES_MS = 250;
const SPOKEN_MS = 3000;
const ROWS = [
  ["momentary", "M", "Momentary loudness, 0.4 s", LOUDNESS, "LUFS"],
  ["shortTerm", "S", "Short-term loudness, 3 s", LOUDNESS, "LUFS"],
  ["integrated", "I", "Integrated loudness since playing began", LOUDNESS, "LUFS"],
  ["truePeak", "TP", "True peak", PEAK, "dBTP"],
];

function el(tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

const put = (node, text) => node.textContent !== text && (node.textContent = text);
const shift = (node, share) => (node.style.transform = `translateX(${(100 * share).toFixed(2)}%)`);
const grow = (node, share) => (node.style.transform = `scaleX(${share.toFixed(4)})`);

/** Numbers under the bars above. */
function axis(scale, values) {
  const marks = values.map((value) => {
    const mark = el("span", "", {}, value < 0 ? `−${-value}` : String(value));
    mark.style.left = `${100 * shareOn(value, scale)}%`;
    return mark;
  });
  return el("div", "au-m-axis", { "aria-hidden": "true" }, ...marks);
}

class MetersPanel {
  constructor(model, engine, element) {
    this.model = model;
    this.engine = engine;
    this.questions = new Questions(model);
    this.pages = new GainPages((first, points) => this.fetch("gains", this.pages, first, points));
    this.reduction = new ReductionMeter((first, points) => this.fetch("reduction", this.reduction.pages, first, points));
    this.hold = new Hold();
    this.figuresAt = 0;
    this.spokenAt = 0;
    this.seen = true;
    this.build(element);
    this.sight = new IntersectionObserver(([entry]) => (this.seen = entry.isIntersecting));
    this.sight.observe(this.root);
    this.hear = () => this.soon();
    this.redraw = (now) => this.draw(now);
    this.take = () => this.show();
    engine.addEventListener("change", this.hear);
    model.on("change:shown", this.take);
    this.show();
  }

  build(element) {
    this.rows = {};
    const list = el("div", "au-meter-rows");
    for (const [key, short, name, scale, unit] of ROWS) {
      const fill = el("i", "au-m-fill");
      const mark = el("i", "au-m-mark", { hidden: "" });
      const held = el("i", "au-m-held", { hidden: "" });
      const bar = el("div", "au-m-bar", { role: "meter", "aria-label": name, "aria-valuemin": scale[0], "aria-valuemax": scale[1], "aria-valuenow": scale[0] }, fill, mark, held);
      const value = el("span", "au-m-value", { "aria-hidden": "true" }, "–");
      const title = el("span", "au-m-name", { title: name, "aria-hidden": "true" }, short);
      list.append(title, bar, value);
      if (key === "integrated") list.append(axis(LOUDNESS, [-36, -30, -24, -18, -12, -6]));
      if (key === "truePeak") list.append(axis(PEAK, [-24, -18, -12, -6, 0]));
      this.rows[key] = { fill, mark, held, bar, value, scale, unit };
    }
    this.needle = el("i", "au-m-needle");
    this.phase = el("div", "au-m-bar au-m-phase", { role: "meter", "aria-label": "Correlation of left and right", "aria-valuemin": -1, "aria-valuemax": 1, "aria-valuenow": 0 }, this.needle);
    this.phaseValue = el("span", "au-m-value", { "aria-hidden": "true" }, "–");
    list.append(el("span", "au-m-name", { title: "Correlation of left and right", "aria-hidden": "true" }, "φ"), this.phase, this.phaseValue);
    list.append(...this.reduction.parts);
    this.over = el("p", "au-m-over", { role: "status" });
    this.aim = el("p", "au-m-aim");
    this.bandBox = el("div", "au-bands", { role: "group", "aria-label": "What the plan does to each band now" });
    this.bandNote = el("p", "au-sight-note");
    this.words = el("p", "au-heard");
    const bands = el("div", "au-m-section", {}, el("h3", "", {}, "Gain by band, dB"), this.bandBox, this.bandNote);
    const head = el("div", "au-sight-head", {}, el("h2", "", {}, "Meters"));
    this.root = el("section", "auralis au-sight au-meters-panel", { "aria-label": "Meters" }, head, list, this.aim, this.over, bands, this.words);
    element.append(this.root);
  }

  /** Take up another plan. */
  show() {
    const plan = this.model.get("shown");
    const names = plan.bands ?? [];
    this.pages.setPlan(names.length, plan.points ?? 0, plan.control_rate_hz ?? 1);
    this.reduction.take(plan);
    this.gains = new Float32Array(names.length);
    this.bands = names.map((name) => {
      const fill = el("i", "au-b-fill");
      const value = el("b", "", { "aria-hidden": "true" }, "–");
      const column = el("div", "au-b-bar", { role: "meter", "aria-label": `${name} Hz`, "aria-valuemin": GAIN[0], "aria-valuemax": GAIN[1], "aria-valuenow": 0 }, fill);
      return { fill, value, column, root: el("div", "au-band", {}, value, column, el("span", "", { "aria-hidden": "true" }, name)) };
    });
    this.bandBox.replaceChildren(...this.bands.map((band) => band.root));
    this.mark(this.rows.integrated, plan.target_lufs);
    this.mark(this.rows.momentary, plan.target_lufs);
    this.mark(this.rows.shortTerm, plan.target_lufs);
    this.mark(this.rows.truePeak, plan.ceiling_dbtp);
    this.soon();
  }

  mark(row, value) {
    row.mark.hidden = value === null || value === undefined;
    if (!row.mark.hidden) row.mark.style.left = `${100 * shareOn(value, row.scale)}%`;
  }

  fetch(type, pages, first, points) {
    const { plan } = this.model.get("shown");
    this.questions.ask({ type, plan, first_point: first, points }, (answer, bytes) => {
      if (plan === this.model.get("shown").plan) pages.put(first, answer ? int16Of(bytes) : null);
    });
  }

  soon() {
    if (this.seen && !document.hidden) inNextFrame(this.redraw);
  }

  draw(now) {
    const { engine, rows } = this;
    const meters = engine.meters ?? {};
    const figures = now - this.figuresAt >= FIGURES_MS || engine.state !== "playing";
    const spoken = now - this.spokenAt >= SPOKEN_MS;
    if (figures) this.figuresAt = now;
    for (const [key] of ROWS) {
      const row = rows[key];
      grow(row.fill, shareOn(meters[key], row.scale));
      if (key !== "truePeak" && figures) put(row.value, levelText(meters[key]));
    }
    const held = this.hold.take(meters.truePeak ?? -Infinity, now);
    const peak = rows.truePeak;
    peak.held.hidden = !(held > PEAK[0]);
    shift(peak.held, shareOn(held, PEAK));
    if (figures) put(peak.value, levelText(meters.maxTruePeak));
    shift(this.needle, ((meters.correlation ?? 0) + 1) / 2);
    this.needle.hidden = meters.correlation === null || meters.correlation === undefined;
    if (figures) put(this.phaseValue, levelText(meters.correlation, { sign: true, digits: 2 }));
    const seconds = engine.position / (engine.track?.rate_hz ?? 1);
    this.reduction.draw(seconds, now, engine.lane !== "original", figures, spoken);
    this.drawBands(seconds, figures, spoken);
    if (figures) this.warn(meters);
    if (spoken) this.speak(meters, now);
  }

  drawBands(seconds, figures, spoken) {
    const { engine, gains } = this;
    const plan = this.model.get("shown");
    const off = engine.lane === "original";
    this.root.toggleAttribute("data-off", off);
    const known = this.pages.at(seconds, gains);
    this.bands.forEach((band, n) => {
      const gain = known ? gains[n] : 0;
      const size = Math.min(1, Math.abs(gain) / GAIN[1]);
      band.fill.style.transform = `scaleY(${(gain < 0 ? size : -size).toFixed(4)})`;
      if (figures) put(band.value, known ? levelText(gain, { sign: true }) : "–");
      if (spoken) {
        band.column.setAttribute("aria-valuenow", gain.toFixed(1));
        band.column.setAttribute("aria-valuetext", known ? spokenLevel(gain, "decibels") : "not known");
      }
    });
    if (!figures) return;
    let note = "";
    if (!plan.plan) note = "Known once the track is measured.";
    else if (!this.bands.length) note = "This plan leaves dynamics alone.";
    else if (off) note = "Enhancement is off: this is what it would do.";
    put(this.bandNote, note);
  }

  warn(meters) {
    const { target_lufs: target, ceiling_dbtp: ceiling, limiter_loss_lu: loss } = this.model.get("shown");
    const parts = [];
    if (target !== null && target !== undefined) parts.push(`Target ${levelText(target)} LUFS`);
    if (ceiling !== undefined) parts.push(`ceiling ${levelText(ceiling)} dBTP`);
    if (loss > 0.05) parts.push(`the limiter takes ${levelText(loss)} LU in all`);
    put(this.aim, parts.join(" · "));
    const over = meters.maxTruePeak > 0;
    put(this.over, over ? `▲ Over full scale: ${levelText(meters.maxTruePeak, { sign: true })} dBTP` : "");
  }

  speak(meters, now) {
    this.spokenAt = now;
    for (const [key] of ROWS) {
      const { bar, scale, unit } = this.rows[key];
      const value = key === "truePeak" ? meters.maxTruePeak : meters[key];
      bar.setAttribute("aria-valuenow", Number.isFinite(value) ? value.toFixed(1) : String(scale[0]));
      bar.setAttribute("aria-valuetext", spokenLevel(value, unit));
    }
    this.phase.setAttribute("aria-valuenow", (meters.correlation ?? 0).toFixed(2));
    this.phase.setAttribute("aria-valuetext", correlationWord(meters.correlation));
    const { integrated } = meters;
    put(this.words, Number.isFinite(integrated) ? `Integrated ${spokenLevel(integrated, "LUFS")}, channels ${correlationWord(meters.correlation)}.` : "Nothing is measured yet.");
  }

  close() {
    notInNextFrame(this.redraw);
    this.sight.disconnect();
    this.engine.removeEventListener("change", this.hear);
    this.model.off("change:shown", this.take);
    this.questions.close();
    this.root.remove();
  }
}

/**
 * @param {object} model of a `Meters`
 * @param {import("./engine.js").Engine} engine
 * @param {HTMLElement} element
 * @returns {() => void} takes it away
 */
export function mountMeters(model, engine, element) {
  const panel = new MetersPanel(model, engine, element);
  return () => panel.close();
}
