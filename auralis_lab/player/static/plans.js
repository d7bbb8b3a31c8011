/** Which side of a comparison is heard: what the plans are compared with, or one of them. */

import { make } from "./controls.js";
import { matchedText } from "./sides.js";
import { SoundRow } from "./sound.js";

export class PlanRow extends SoundRow {
  /**
   * @param {object} model
   * @param {(name: string, value: unknown) => void} choose sets a trait
   * @param {(text: string) => void} say tells those who listen to the page
   * @param {import("./sides.js").Sides} sides
   */
  constructor(model, choose, say, sides) {
    super(model, choose, say);
    this.fill(sides.given);
  }

  build() {
    this.presets = make("div", { class: "auralis-presets auralis-plans", role: "radiogroup", "aria-label": "Hear" });
    this.note = make("p", { class: "auralis-matched auralis-level" });
    this.root = make("div", { class: "auralis-row auralis-sound" }, this.presets, this.note);
  }

  fill({ first, plans }) {
    const group = `auralis-side-${Math.random().toString(36).slice(2)}`;
    const label = (side, value, act) => {
      const radio = make("input", { type: "radio", name: group, value, change: act });
      return make("label", { title: side.name }, radio, make("span", {}, side.name));
    };
    const hearFirst = () => this.choose("enhanced", false);
    const keys = this.model.get("presets");
    this.presets.append(
      label(first, "", hearFirst),
      ...keys.map((key) => label(plans[key], key, () => this.choosePreset(key))),
    );
    const sides = [first, ...keys.map((key) => plans[key])];
    const unknown = sides.some((side) => side.loudness_lufs === null);
    this.note.textContent = unknown ? matchedText(sides) : `All at ${levelOf(sides)} LUFS. ${matchedText(sides)}`;
    [this.first] = this.presets.querySelectorAll("input");
    this.showChoices();
  }

  choosePreset(key) {
    this.choose("preset", key);
    this.choose("enhanced", true);
  }

  show(comparing, kept) {
    this.heard = comparing || this.model.get("enhanced");
    this.kept = kept;
    this.lock();
    this.first.disabled = comparing; // button A is for that
    this.showChoices();
  }

  showChoices() {
    const heard = this.heard ? this.model.get("preset") : "";
    for (const radio of this.presets.querySelectorAll("input")) radio.checked = radio.value === heard;
  }
}

/** The loudness that all of them have. */
function levelOf(sides) {
  const lufs = Math.min(...sides.map((side) => side.loudness_lufs));
  return lufs.toFixed(1).replace("-", "−");
}
