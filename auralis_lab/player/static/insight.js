/**
 * What the enhancement does to a track and why: spectrum before and after, the EQ between them,
 * loudness before and after, and the decisions as sentences.
 *
 * One trait holds all that is shown, so that it is never half updated. A value that could not be
 * measured is null and leaves a gap.
 *
 * @typedef {{centres_hz: number[], before_db: (number | null)[], after_db: (number | null)[],
 *            eq_hz: number[], eq_db: number[]}} Spectra
 * @typedef {{name: string, unit: string, before: number | null, after: number | null,
 *            target: number | null}} Level
 * @typedef {{group: string, name: string, text: string}} Fact
 * @typedef {{topic: string, sentence: string, amount: string, limit: string | null}} Decision
 * @typedef {{state: "empty" | "measuring" | "ready" | "failed", message: string,
 *            spectra: Spectra | null, levels: Level[], facts: Fact[],
 *            decisions: Decision[]}} Shown
 */

const NAMED_HZ = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000];
const SIXTH = 10 ** 0.05; // from the middle of a third octave to its edge
const LEVELS_PX = 252;
const EQ_PX = 84;
const GAP_PX = 22;
const LEFT_PX = 40;
const RIGHT_PX = 8;
const TOP_PX = 10;
const FOOT_PX = 22;
const MOST_DB = 72;
const NAME_PX = 32;

function svg(tag, attributes = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== null) made.textContent = text;
  return made;
}

function html(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {number | null} value */
export function number(value, { sign = false, digits = 1 } = {}) {
  if (value === null || !Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : sign ? "+" : "") + text;
}

/** @param {number} hz */
export function hertz(hz) {
  return hz >= 1000 ? `${Number((hz / 1000).toPrecision(3))} kHz` : `${Number(hz.toPrecision(3))} Hz`;
}

/** Round marks between two values. @returns {number[]} */
export function marks(low, high, most) {
  const step = [1, 2, 3, 5, 6, 10, 12, 20].find((s) => (high - low) / s <= most) ?? 30;
  const out = [];
  for (let mark = Math.ceil(low / step) * step; mark <= high + 1e-9; mark += step) out.push(mark);
  return out;
}

/** The line of a stepped curve, broken where a band is missing. */
export function steps(edges, values, x, y) {
  let path = "";
  let open = false;
  values.forEach((value, band) => {
    if (value === null) {
      open = false;
      return;
    }
    const [from, to, level] = [x(edges[band]), x(edges[band + 1]), y(value)].map((v) => v.toFixed(1));
    path += `${open ? "L" : "M"}${from},${level}L${to},${level}`;
    open = true;
  });
  return path;
}

class Spectrum {
  constructor() {
    this.svg = svg("svg", { role: "img", class: "au-spectrum" });
    this.reading = html("div", "au-reading");
    this.reading.setAttribute("aria-hidden", "true");
    this.box = html("div", "au-plot", this.svg);
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.box);
    this.spectra = null;
  }

  /** @param {Spectra} spectra */
  show(spectra) {
    this.spectra = spectra;
    this.draw();
  }

  draw() {
    const width = Math.round(this.box.clientWidth);
    if (!this.spectra || width < 80) return;
    const { centres_hz: centres, before_db: before, after_db: after, eq_hz: eqHz, eq_db: eqDb } = this.spectra;
    const low = Math.log(centres[0] / SIXTH);
    const span = Math.log(centres.at(-1) * SIXTH) - low;
    const inner = width - LEFT_PX - RIGHT_PX;
    const x = (hz) => LEFT_PX + (inner * (Math.log(hz) - low)) / span;
    const known = [...before, ...after].filter((v) => v !== null);
    const top = Math.max(...known, -100) + 3;
    const bottom = Math.max(Math.min(...known) - 3, top - MOST_DB);
    const y = (db) => TOP_PX + (LEVELS_PX * (top - db)) / (top - bottom);
    const reach = Math.max(3, ...eqDb.map((db) => Math.ceil(Math.abs(db)) + 0.5));
    const eqTop = TOP_PX + LEVELS_PX + GAP_PX;
    const eqY = (db) => eqTop + (EQ_PX * (reach - db)) / (2 * reach);
    const height = eqTop + EQ_PX + FOOT_PX;
    const right = width - RIGHT_PX;
    const edges = [...centres.map((hz) => hz / SIXTH), centres.at(-1) * SIXTH];
    this.scale = { low, span, inner, edges };

    const parts = [];
    const clip = `au-clip-${Math.random().toString(36).slice(2)}`;
    const within = svg("clipPath", { id: clip });
    within.append(svg("rect", { x: LEFT_PX, y: TOP_PX, width: inner, height: LEVELS_PX }));
    parts.push(within);
    let free = 0; // where the next name may begin
    for (const hz of NAMED_HZ) {
      if (hz < edges[0] || hz > edges.at(-1)) continue;
      parts.push(svg("line", { class: "au-grid", x1: x(hz), x2: x(hz), y1: TOP_PX, y2: eqTop + EQ_PX }));
      const at = Math.min(x(hz), right - 8);
      if (at - NAME_PX / 2 < free) continue;
      free = at + NAME_PX / 2;
      const name = hz >= 1000 ? `${hz / 1000}k` : String(hz);
      parts.push(svg("text", { x: at, y: height - 5, "text-anchor": "middle" }, name));
    }
    for (const db of marks(bottom, top, 5)) {
      parts.push(svg("line", { class: "au-grid", x1: LEFT_PX, x2: right, y1: y(db), y2: y(db) }));
      parts.push(svg("text", { x: LEFT_PX - 6, y: y(db) + 4, "text-anchor": "end" }, number(db, { digits: 0 })));
    }
    for (const db of [Math.floor(reach), 0, -Math.floor(reach)]) {
      parts.push(svg("line", { class: db ? "au-grid" : "au-zero", x1: LEFT_PX, x2: right, y1: eqY(db), y2: eqY(db) }));
      parts.push(svg("text", { x: LEFT_PX - 6, y: eqY(db) + 4, "text-anchor": "end" }, number(db, { sign: true, digits: 0 })));
    }
    const floor = TOP_PX + LEVELS_PX;
    const areas = svg("g", { "clip-path": `url(#${clip})` });
    before.forEach((db, band) => {
      if (db === null) return;
      const [from, to] = [x(edges[band]), x(edges[band + 1])];
      areas.append(svg("rect", { class: "au-area", x: from, width: to - from + 0.3, y: y(db), height: Math.max(0, floor - y(db)) }));
    });
    areas.append(svg("path", { class: "au-line au-before", d: steps(edges, before, x, y) }));
    areas.append(svg("path", { class: "au-line au-after", d: steps(edges, after, x, y) }));
    parts.push(areas);
    if (eqHz.length) {
      const seen = eqHz.map((hz, n) => [hz, eqDb[n]]).filter(([hz]) => hz >= edges[0] && hz <= edges.at(-1));
      const line = seen.map(([hz, db]) => `${x(hz).toFixed(1)},${eqY(db).toFixed(1)}`).join("L");
      if (seen.length > 1) {
        const zero = eqY(0).toFixed(1);
        parts.push(svg("path", { class: "au-eq-area", d: `M${x(seen[0][0]).toFixed(1)},${zero}L${line}L${x(seen.at(-1)[0]).toFixed(1)},${zero}Z` }));
        parts.push(svg("path", { class: "au-line au-eq", d: `M${line}` }));
      }
    }
    parts.push(svg("text", { class: "au-axis", x: LEFT_PX + 6, y: TOP_PX + 12 }, "dB"));
    parts.push(svg("text", { class: "au-axis", x: LEFT_PX + 6, y: eqTop + 12 }, "EQ, dB"));
    this.cursor = svg("rect", { class: "au-cursor", y: TOP_PX, height: eqTop + EQ_PX - TOP_PX, width: 0, x: 0 });
    parts.unshift(this.cursor);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("aria-label", this.summary());
    this.svg.replaceChildren(...parts);
  }

  summary() {
    const { centres_hz: centres, eq_hz: eqHz, eq_db: eqDb } = this.spectra;
    if (!eqDb.length || eqDb.every((db) => Math.abs(db) < 0.05)) return `Spectrum from ${hertz(centres[0])} to ${hertz(centres.at(-1))}; the EQ is flat.`;
    const most = eqDb.indexOf(Math.max(...eqDb));
    const least = eqDb.indexOf(Math.min(...eqDb));
    return (
      `Spectrum before and after. The EQ is highest with ${number(eqDb[most], { sign: true })} dB at ` +
      `${hertz(eqHz[most])} and lowest with ${number(eqDb[least], { sign: true })} dB at ${hertz(eqHz[least])}.`
    );
  }

  point(event) {
    if (!this.scale || !this.spectra) return;
    const { low, span, inner, edges } = this.scale;
    const x = event ? event.clientX - this.svg.getBoundingClientRect().left - LEFT_PX : -1;
    const hz = Math.exp(low + (span * x) / inner);
    const band = x < 0 || x > inner ? -1 : edges.findLastIndex((edge) => edge <= hz);
    if (band < 0 || band >= this.spectra.centres_hz.length) {
      this.cursor.setAttribute("width", "0");
      this.reading.replaceChildren();
      return;
    }
    const at = (edge) => LEFT_PX + (inner * (Math.log(edge) - low)) / span;
    this.cursor.setAttribute("x", String(at(edges[band])));
    this.cursor.setAttribute("width", String(at(edges[band + 1]) - at(edges[band])));
    const { centres_hz: centres, before_db: before, after_db: after } = this.spectra;
    const change = before[band] === null || after[band] === null ? null : after[band] - before[band];
    this.reading.replaceChildren(
      html("b", "", hertz(centres[band])),
      html("span", "", `${number(before[band])} → ${number(after[band])} dB`),
      html("span", "", `${number(change, { sign: true })} dB`),
    );
  }

  dispose() {
    this.sized.disconnect();
  }
}

/** @param {Level} level */
function levelRow(level) {
  const unit = html("span", "au-unit", level.unit);
  const values = html(
    "div",
    "au-values",
    html("span", "au-was", number(level.before)),
    html("span", "au-arrow", "→"),
    html("span", "au-will", number(level.after)),
    unit,
  );
  const known = [level.before, level.after, level.target].filter((v) => v !== null);
  const row = html("div", "au-level", html("div", "au-level-name", level.name), values);
  if (!known.length) return row;
  const [low, high] = level.unit === "LUFS" ? [Math.min(-36, ...known) - 2, -4] : [Math.min(-18, ...known) - 1, Math.max(3, ...known)];
  const share = (v) => `${(100 * (Math.min(Math.max(v, low), high) - low)) / (high - low)}%`;
  const bars = html("div", "au-meters");
  bars.setAttribute("aria-hidden", "true");
  for (const [name, value] of [["before", level.before], ["after", level.after]]) {
    const bar = html("div", `au-meter au-meter-${name}`);
    bar.style.width = value === null ? "0" : share(value);
    bars.append(bar);
  }
  if (level.target !== null) {
    const mark = html("div", "au-target");
    mark.style.left = share(level.target);
    mark.title = `${level.unit === "LUFS" ? "Target" : "Ceiling"} ${number(level.target)} ${level.unit}`;
    bars.append(mark);
  }
  row.append(bars);
  return row;
}

/** One list per group, in the order in which groups appear. @param {Fact[]} facts */
function factLists(facts) {
  const groups = new Map();
  for (const fact of facts) {
    if (!groups.has(fact.group)) groups.set(fact.group, html("dl", "au-fact-list"));
    groups.get(fact.group).append(html("div", "", html("dt", "", fact.name), html("dd", "", fact.text)));
  }
  return [...groups].flatMap(([name, list]) => [html("h3", "", name), list]);
}

/** A true minus before numbers. @param {string} text */
export function minus(text) {
  return text.replace(/(^|[\s(])-(?=\d)/g, "$1−");
}

/** @param {Decision} decision */
function decisionItem(decision) {
  const amount = html("span", "au-why-amount", minus(decision.amount));
  const head = html("div", "au-why-head", html("span", "au-why-topic", decision.topic), amount);
  const item = html("li", "", head, html("p", "", minus(decision.sentence)));
  if (decision.limit) item.append(html("p", "au-why-limit", minus(`Held by ${decision.limit}`)));
  return item;
}

function legend() {
  const key = (name, label) => html("span", "au-key", html("i", `au-swatch au-swatch-${name}`), label);
  return html("div", "au-legend", key("before", "before"), key("after", "after, predicted"), key("eq", "EQ"));
}

export default {
  render({ model, el }) {
    const spectrum = new Spectrum();
    const note = html("p", "au-insight-note");
    note.setAttribute("role", "status");
    const levels = html("div", "au-levels");
    const facts = html("div", "au-fact-lists");
    const why = html("ol", "au-why");
    const card = (name, className, ...children) => {
      const made = html("section", `au-card ${className}`, html("h2", "", name), ...children);
      made.setAttribute("aria-label", name);
      return made;
    };
    const spectrumCard = card("Spectrum", "au-card-spectrum", legend(), spectrum.box, spectrum.reading);
    const levelsCard = card("Loudness", "au-card-levels", levels, facts);
    const whyCard = card("Why", "au-card-why", why);
    const cards = html("div", "au-cards", spectrumCard, levelsCard, whyCard);
    const root = html("div", "auralis au-insight", note, cards);
    el.append(root);

    function draw() {
      /** @type {Shown} */
      const shown = model.get("shown");
      root.dataset.state = shown.state;
      note.textContent = shown.message;
      note.hidden = !shown.message;
      cards.hidden = shown.state === "empty" || shown.state === "failed";
      if (shown.state !== "ready") return;
      spectrumCard.hidden = !shown.spectra;
      if (shown.spectra) spectrum.show(shown.spectra);
      levels.replaceChildren(...shown.levels.map(levelRow));
      facts.replaceChildren(...factLists(shown.facts));
      why.replaceChildren(...shown.decisions.map(decisionItem));
    }

    model.on("change:shown", draw);
    draw();
    return () => {
      model.off("change:shown", draw);
      spectrum.dispose();
    };
  },
};
