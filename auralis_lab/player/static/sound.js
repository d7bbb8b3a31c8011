/** What is done to the sound: enhancement on or off, which preset, how much of it. */

import { make, setSlider, slider } from "./controls.js";

export class SoundRow {
  /** @param {object} model @param {(name: string, value: unknown) => void} choose sets a trait */
  constructor(model, choose) {
    this.model = model;
    this.choose = choose;
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
    if (name) this.choose("preset", name);
  }

  /** @param {boolean} comparing both are there, and the switch is the comparison's */
  show(comparing) {
    this.enhance.setAttribute("aria-checked", String(comparing || this.model.get("enhanced")));
    this.enhance.disabled = comparing;
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
        const act = () => this.choose("preset", name);
        const radio = make("input", { type: "radio", name: group, value: name, change: act });
        return make("label", {}, radio, make("span", {}, name));
      });
      this.presets.replaceChildren(...labels);
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
