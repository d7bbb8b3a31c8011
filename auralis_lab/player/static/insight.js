/**
 * What the enhancement does to a track and why: spectrum before and after, the EQ between them,
 * loudness before and after, and the decisions as sentences.
 *
 * One trait holds all that is shown, so that it is never half updated. A value that could not be
 * measured is null and leaves a gap.
 *
 * @typedef {import("./spectrum.js").Spectra} Spectra
 * @typedef {{name: string, unit: string, before: number | null, after: number | null,
 *            target: number | null}} Level
 * @typedef {{group: string, name: string, text: string}} Fact
 * @typedef {{state: "empty" | "measuring" | "ready" | "failed", message: string,
 *            spectra: Spectra | null, levels: Level[], facts: Fact[],
 *            decisions: import("./why.js").Decision[]}} Shown
 */

import { html, number } from "./marks.js";
import { Spectrum } from "./spectrum.js";
import { Why } from "./why.js";

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

/** @param {boolean} planned whether there is something after */
function legend(planned) {
  const key = (name, label) => html("span", "au-key", html("i", `au-swatch au-swatch-${name}`), label);
  if (!planned) return [key("before", "as it is"), key("target", "target")];
  return [key("before", "before"), key("after", "after, predicted"), key("target", "target"), key("eq", "EQ")];
}

export default {
  render({ model, el }) {
    const spectrum = new Spectrum();
    const note = html("p", "au-insight-note");
    note.setAttribute("role", "status");
    const levels = html("div", "au-levels");
    const facts = html("div", "au-fact-lists");
    const why = new Why();
    const card = (name, className, ...children) => {
      const made = html("section", `au-card ${className}`, html("h2", "", name), ...children);
      made.setAttribute("aria-label", name);
      return made;
    };
    const keys = html("div", "au-legend", ...legend(true));
    const spectrumCard = card("Spectrum", "au-card-spectrum", keys, spectrum.box, spectrum.reading, spectrum.caption);
    const levelsCard = card("Loudness", "au-card-levels", levels, facts);
    const whyCard = card("Why", "au-card-why", why.root);
    const cards = html("div", "au-cards", spectrumCard, ...(model.get("only_spectrum") ? [] : [levelsCard, whyCard]));
    const root = html("div", "auralis au-insight", note, cards);
    root.toggleAttribute("data-alone", model.get("only_spectrum"));
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
      if (shown.spectra) {
        keys.replaceChildren(...legend(shown.spectra.after_db.length > 0));
        spectrum.show(shown.spectra);
      }
      levels.replaceChildren(...shown.levels.map(levelRow));
      facts.replaceChildren(...factLists(shown.facts));
      why.show(shown.decisions);
    }

    const dim = () => {
      root.toggleAttribute("data-off", !model.get("enhanced"));
      why.tell(model.get("enhanced"));
    };
    model.on("change:shown", draw);
    model.on("change:enhanced", dim);
    draw();
    dim();
    return () => {
      model.off("change:shown", draw);
      model.off("change:enhanced", dim);
      spectrum.dispose();
    };
  },
};
