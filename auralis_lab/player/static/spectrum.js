/**
 * Spectrum before and after in third octaves, and the EQ between them beneath, as SVG that is drawn
 * anew whenever its width changes.
 *
 * Both are drawn at the level of the one before, where the target lies: balances are compared.
 * Where nothing is planned there is nothing after, and no EQ.
 *
 * @typedef {{centres_hz: number[], before_db: (number | null)[], after_db: (number | null)[],
 *            lift_db: number, target_db: (number | null)[][], eq_hz: number[], eq_db: number[]}} Spectra
 *   The target is a lower and an upper edge, or nothing.
 */

import { between, hertz, html, marks, number, steps, svg } from "./marks.js";

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

/** In what the drawn levels differ from those that are heard. @param {number} liftDb */
export function captionOf(liftDb) {
  const amount = number(Math.abs(liftDb));
  if (amount === "0.0") return "Before and after are about equally loud.";
  return `Drawn at one level to compare the balance: after is ${amount} dB ${liftDb > 0 ? "louder" : "quieter"} than drawn.`;
}

export class Spectrum {
  constructor() {
    this.svg = svg("svg", { role: "img", class: "au-spectrum" });
    this.reading = html("div", "au-reading");
    this.reading.setAttribute("aria-hidden", "true");
    this.box = html("div", "au-plot", this.svg);
    this.caption = html("p", "au-caption");
    this.svg.addEventListener("pointermove", (event) => this.point(event));
    this.svg.addEventListener("pointerleave", () => this.point(null));
    this.sized = new ResizeObserver(() => this.draw());
    this.sized.observe(this.box);
    this.spectra = null;
  }

  /** @param {Spectra} spectra */
  show(spectra) {
    this.spectra = spectra;
    this.caption.textContent = spectra.after_db.length ? captionOf(spectra.lift_db) : "";
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
    const foot = eqHz.length ? eqTop + EQ_PX : TOP_PX + LEVELS_PX;
    const height = foot + FOOT_PX;
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
      parts.push(svg("line", { class: "au-grid", x1: x(hz), x2: x(hz), y1: TOP_PX, y2: foot }));
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
    for (const db of eqHz.length ? [Math.floor(reach), 0, -Math.floor(reach)] : []) {
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
    const [lower, upper] = this.spectra.target_db ?? [];
    if (upper) areas.append(svg("path", { class: "au-target-area", d: between(centres, lower, upper, x, y) }));
    areas.append(svg("path", { class: "au-line au-before", d: steps(edges, before, x, y) }));
    if (after.length) areas.append(svg("path", { class: "au-line au-after", d: steps(edges, after, x, y) }));
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
    if (eqHz.length) parts.push(svg("text", { class: "au-axis", x: LEFT_PX + 6, y: eqTop - 5 }, "EQ, dB"));
    this.cursor = svg("rect", { class: "au-cursor", y: TOP_PX, height: foot - TOP_PX, width: 0, x: 0 });
    parts.unshift(this.cursor);
    this.svg.setAttribute("width", width);
    this.svg.setAttribute("height", height);
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("aria-label", this.summary());
    this.svg.replaceChildren(...parts);
  }

  summary() {
    const { centres_hz: centres, eq_hz: eqHz, eq_db: eqDb } = this.spectra;
    if (!eqDb.length) return `Spectrum from ${hertz(centres[0])} to ${hertz(centres.at(-1))}, as it is.`;
    if (eqDb.every((db) => Math.abs(db) < 0.05)) return `Spectrum from ${hertz(centres[0])} to ${hertz(centres.at(-1))}; the EQ is flat.`;
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
    if (!after.length) {
      this.reading.replaceChildren(html("b", "", hertz(centres[band])), html("span", "", `${number(before[band])} dB`));
      return;
    }
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
