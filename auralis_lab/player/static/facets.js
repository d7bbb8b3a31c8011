/**
 * What tracks can be narrowed down by: values with counts, and ranges over a histogram.
 *
 * @typedef {{label: string, count: number, term: string}} Value
 * @typedef {{low: number, high: number, count: number}} Band
 */

import { icon, node } from "./rows.js";

const FACETS = { genre: "Genre", decade: "Decade", format: "Format", artist: "Artist" };
const RANGES = { year: ["Year", "", 1], loudness: ["Loudness", "LUFS", 0.5], tempo: ["Tempo", "BPM", 1] };
const FEW = 8;

/** @param {Value[]} values @param {boolean} all @param {string[]} chosen those always shown */
export function shownValues(values, all, chosen) {
  if (all || values.length <= FEW + 1) return values;
  return values.filter((value, n) => n < FEW || chosen.includes(value.term));
}

/** Heights of the bars of a histogram, 0 to 1; the square root lets small ones be seen. */
export function heights(bands) {
  const most = Math.max(1, ...bands.map((band) => band.count));
  return bands.map((band) => Math.sqrt(band.count / most));
}

/** How a range reads. @param {{low: ?number, high: ?number}} range */
export function rangeText(name, { low, high }) {
  const [label, unit] = RANGES[name];
  const number = (value) => String(value).replace("-", "−");
  const tail = unit ? ` ${unit}` : "";
  if (low === null) return `${label} up to ${number(high)}${tail}`;
  if (high === null) return `${label} from ${number(low)}${tail}`;
  return `${label} ${low === high ? number(low) : `${number(low)} to ${number(high)}`}${tail}`;
}

/** Emits "change" when something else is chosen. */
export class FacetPanel extends EventTarget {
  constructor() {
    super();
    this.chosen = {};
    this.ranges = {};
    this.labels = new Map(); // term -> label
    this.all = new Set();
    this.root = node("div", "au-facets", { hidden: true, role: "group", "aria-label": "Narrow down by" });
    this.chips = node("div", "au-chips", { hidden: true, role: "group", "aria-label": "Chosen filters" });
  }

  get count() {
    return Object.values(this.chosen).flat().length + Object.keys(this.ranges).length;
  }

  /** @param {{facets: Record<string, Value[]>, bands: Record<string, Band[]>}} counted */
  show(counted) {
    this.counted = counted;
    const focus = document.activeElement?.dataset?.key;
    const parts = [];
    for (const [name, label] of Object.entries(FACETS)) {
      const values = counted.facets[name] ?? [];
      if (values.length > 1 || this.chosen[name]?.length) parts.push(this.values(name, label, values));
    }
    for (const name of Object.keys(RANGES)) {
      const bands = counted.bands[name] ?? [];
      if (bands.length > 1 || this.ranges[name]) parts.push(this.range(name, bands));
    }
    if (!parts.length) parts.push(node("p", "au-facet-none", {}, "There is nothing here to tell tracks apart by."));
    this.root.replaceChildren(...parts);
    if (focus) this.root.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
    this.showChips();
  }

  values(name, label, values) {
    const chosen = this.chosen[name] ?? [];
    const list = node("div", "au-values");
    const lost = chosen.filter((term) => !values.some((value) => value.term === term)); // nothing is left of these
    const kept = [...values, ...lost.map((term) => ({ label: this.labels.get(term) ?? term, count: 0, term }))];
    for (const value of shownValues(kept, this.all.has(name), chosen)) {
      this.labels.set(value.term, value.label);
      const text = node("span", "au-value-label", { dir: "auto" });
      text.textContent = value.label;
      const button = node("button", "au-value", { type: "button", "aria-pressed": String(chosen.includes(value.term)) }, text, node("span", "au-value-count", {}, value.count.toLocaleString("en")));
      button.dataset.key = value.term;
      button.addEventListener("click", () => this.toggle(name, value.term));
      list.append(button);
    }
    const hidden = values.length - list.children.length;
    if (hidden > 0) {
      const more = node("button", "au-value au-value-more", { type: "button" }, `${hidden} more`);
      more.addEventListener("click", () => {
        this.all.add(name);
        this.show(this.counted);
      });
      list.append(more);
    }
    return node("div", "au-facet", { role: "group", "aria-label": label }, node("h2", "", {}, label), list);
  }

  range(name, bands) {
    const [label, unit, step] = RANGES[name];
    const asked = this.ranges[name] ?? { low: null, high: null };
    const bars = node("div", "au-bars");
    const tall = heights(bands);
    bands.forEach((band, n) => {
      const inside = (asked.low === null || band.low >= asked.low) && (asked.high === null || band.high <= asked.high);
      const text = `${rangeText(name, band)}: ${band.count.toLocaleString("en")}`;
      const bar = node("button", "au-bar-of", { type: "button", title: text, "aria-label": text, "aria-pressed": String(Boolean(this.ranges[name]) && inside) });
      bar.style.setProperty("--tall", tall[n].toFixed(3));
      bar.dataset.key = `${name}${band.low}`;
      bar.addEventListener("click", () => this.setRange(name, this.same(name, band) ? null : { low: band.low, high: band.high }));
      bars.append(bar);
    });
    const field = (end, value, hint) => {
      const input = node("input", "au-number", { type: "number", step, placeholder: hint ?? "", "aria-label": `${label} ${end}` });
      input.value = value ?? "";
      input.dataset.key = `${name}-${end}`;
      input.addEventListener("change", () => {
        const number = input.value === "" || !input.checkValidity() ? null : Number(input.value);
        this.setRange(name, { ...asked, [end === "from" ? "low" : "high"]: number });
      });
      return input;
    };
    const ends = node("div", "au-ends", {}, field("from", asked.low, bands[0]?.low), node("span", "", {}, "to"), field("to", asked.high, bands.at(-1)?.high), node("span", "", {}, unit));
    return node("div", "au-facet", { role: "group", "aria-label": label }, node("h2", "", {}, label), bars, ends);
  }

  same(name, band) {
    const range = this.ranges[name];
    return Boolean(range) && range.low === band.low && range.high === band.high;
  }

  toggle(name, term) {
    const chosen = this.chosen[name] ?? [];
    const left = chosen.includes(term) ? chosen.filter((one) => one !== term) : [...chosen, term];
    this.chosen = { ...this.chosen, [name]: left };
    if (!left.length) delete this.chosen[name];
    this.changed();
  }

  setRange(name, range) {
    this.ranges = { ...this.ranges };
    if (range === null || (range.low === null && range.high === null)) delete this.ranges[name];
    else this.ranges[name] = range;
    this.changed();
  }

  clear() {
    this.chosen = {};
    this.ranges = {};
    this.changed();
  }

  changed() {
    this.showChips();
    this.dispatchEvent(new Event("change"));
  }

  showChips() {
    const chip = (label, drop) => {
      const text = node("span", "", { dir: "auto" });
      text.textContent = label;
      const button = node("button", "au-chip", { type: "button", "aria-label": `Without ${label}` }, text, icon("clear"));
      button.addEventListener("click", drop);
      return button;
    };
    const chips = [];
    for (const [name, terms] of Object.entries(this.chosen)) {
      for (const term of terms) chips.push(chip(this.labels.get(term) ?? term, () => this.toggle(name, term)));
    }
    for (const [name, range] of Object.entries(this.ranges)) chips.push(chip(rangeText(name, range), () => this.setRange(name, null)));
    if (chips.length > 1) {
      const all = node("button", "au-chip au-chip-all", { type: "button" }, "Clear all");
      all.addEventListener("click", () => this.clear());
      chips.push(all);
    }
    this.chips.replaceChildren(...chips);
    this.chips.hidden = !chips.length;
  }
}
