/** What is done to the sound: enhancement on or off, which preset, how much of it. */

import { KEPT } from "./compare.js";
import { make, setSlider, slider } from "./controls.js";

export class SoundRow {
  /**
   * @param {object} model
   * @param {(name: string, value: unknown) => void} choose sets a trait
   * @param {(text: string) => void} say tells those who listen to the page
   */
  constructor(model, choose, say) {
    this.model = model;
    this.choose = choose;
    this.say = say;
    this.heard = true; // the enhanced track is, or is there to be compared
    this.kept = false; // nothing may change
    this.build();
  }

  build() {
    this.enhance = make(
      "button",
      {
        type: "button",
        role: "switch",
        class: "auralis-switch auralis-enhance",
        title: "Enhancement on or off (E)",
        click: () => this.toggle(),
      },
      make("span", { class: "auralis-knob", "aria-hidden": "true" }),
      "Enhance",
    );
    this.presets = make("div", {
      class: "auralis-presets",
      role: "radiogroup",
      "aria-label": "Preset",
    });
    this.intensity = slider({
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": "Intensity",
      input: () => this.showIntensity(Number(this.intensity.value)),
      change: () => this.choose("intensity", Number(this.intensity.value)),
    });
    this.percent = make("span", { class: "auralis-percent", "aria-hidden": "true" });
    const label = make("span", { class: "auralis-label", "aria-hidden": "true" }, "Intensity");
    const amount = make("div", { class: "auralis-amount" }, label, this.intensity, this.percent);
    this.root = make("div", { class: "auralis-row auralis-sound" }, this.enhance, this.presets, amount);
  }

  toggle() {
    this.choose("enhanced", !this.model.get("enhanced"));
  }

  /** @param {number} place of a preset, from 0 */
  pick(place) {
    const name = this.model.get("presets")[place];
    if (name) this.choosePreset(name);
  }

  choosePreset(name) {
    this.choose("preset", name);
    if (!this.heard) this.say(`${name} is chosen, and heard once Enhance is on`);
  }

  /**
   * @param {boolean} comparing both are there, and the switch is the comparison's
   * @param {boolean} kept a blind test is under way, and nothing may change
   */
  show(comparing, kept) {
    this.heard = comparing || this.model.get("enhanced");
    this.kept = kept;
    this.enhance.setAttribute("aria-checked", String(this.heard));
    this.enhance.disabled = comparing;
    this.lock();
  }

  lock() {
    for (const input of this.root.querySelectorAll("input")) input.disabled = this.kept;
    this.root.toggleAttribute("data-kept", this.kept);
    this.root.title = this.kept ? KEPT : "";
  }

  showChoices() {
    this.showPresets();
    this.showIntensity(this.model.get("intensity"));
  }

  showPresets() {
    const names = this.model.get("presets");
    const chosen = this.model.get("preset");
    const shown = [...this.presets.querySelectorAll("input")].map((radio) => radio.value);
    if (shown.join() !== names.join()) {
      const group = `auralis-preset-${Math.random().toString(36).slice(2)}`;
      const labels = names.map((name) => {
        const act = () => this.choosePreset(name);
        const radio = make("input", { type: "radio", name: group, value: name, change: act });
        return make("label", {}, radio, make("span", {}, name));
      });
      this.presets.replaceChildren(...labels);
      this.lock();
    }
    for (const radio of this.presets.querySelectorAll("input")) {
      radio.checked = radio.value === chosen;
    }
  }

  showIntensity(intensity) {
    const percent = Math.round(100 * intensity);
    setSlider(this.intensity, intensity, `${percent} percent`);
    this.percent.textContent = `${percent} %`;
  }
}
