/**
 * What the two sides of a comparison are called: the original and the enhanced track, or plans that
 * were given by name.
 *
 * @typedef {{name: string, plan: ?string, loudness_lufs: ?number, gain_db: number}} Side
 */

export class Sides {
  /** @param {object} model @param {() => object} sound what is chosen */
  constructor(model, sound) {
    this.model = model;
    this.sound = sound;
  }

  /** @returns {{first: Side, plans: Record<string, Side>} | null} null where there are presets */
  get given() {
    return this.model.get("_sides") ?? null;
  }

  /** @returns {Side[]} the two that can be compared now */
  get pair() {
    return [this.given.first, this.given.plans[this.sound().preset]];
  }

  /** @returns {string[]} as they are named in a sentence */
  get names() {
    return this.given ? this.pair.map((side) => side.name) : ["original", "enhanced"];
  }

  /** @returns {string[]} as the buttons A and B are named */
  get titles() {
    return this.given ? this.names : ["the original", "the enhanced track"];
  }

  /** What a blind test is of. */
  facts() {
    if (!this.given) {
      const { preset, intensity } = this.sound();
      return { preset, intensity };
    }
    const [a, b] = this.pair;
    return { a: a.name, b: b.name, a_plan: a.plan, b_plan: b.plan, a_gain_db: a.gain_db, b_gain_db: b.gain_db };
  }

  /** @param {boolean} enhanced @returns {string} what sounds */
  heard({ enhanced, preset, intensity }) {
    if (this.given) return `Playing ${this.names[enhanced ? 1 : 0]}`;
    return enhanced ? `Playing, ${preset} at ${Math.round(100 * intensity)} %` : "Playing the original";
  }

  /** By how much they are turned down to be equally loud. @param {?number} matchedDb */
  matched(matchedDb) {
    if (this.given) return matchedText(this.pair);
    const amount = Math.abs(matchedDb).toFixed(1);
    if (amount === "0.0") return "Equally loud as they are";
    return `Matched: ${matchedDb < 0 ? "enhanced" : "original"} −${amount} dB`;
  }
}

/** By how much each of some sides is turned down. @param {Side[]} sides */
export function matchedText(sides) {
  const unknown = sides.filter((side) => side.loudness_lufs === null).map((side) => side.name);
  if (unknown.length) return `Not matched: how loud ${unknown.join(" and ")} would be is not known`;
  const lowered = sides.filter((side) => side.gain_db < -0.05);
  if (!lowered.length) return "Equally loud as they are";
  return `Matched: ${lowered.map((side) => `${side.name} −${Math.abs(side.gain_db).toFixed(1)} dB`).join(", ")}`;
}
