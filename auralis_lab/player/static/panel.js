/** One view of a player: what is shown, and what a person does with it. */

import { clock, icon, make, setSlider, slider, spokenVolume } from "./controls.js";
import { SeekBar, SKIP_S } from "./seekbar.js";
import { StatusLine } from "./status.js";

const VOLUME_STEP = 0.05;

export class Panel {
  /**
   * @param {object} model the widget's model
   * @param {import("./engine.js").Engine} engine
   */
  constructor(model, engine) {
    this.model = model;
    this.engine = engine;
    this.undo = [];
    this.seekBar = new SeekBar();
    this.status = new StatusLine(engine);
    this.root = make(
      "section",
      {
        class: "auralis auralis-player",
        role: "region",
        tabindex: -1,
        "aria-label": "Player",
        "data-lm-suppress-shortcuts": "true", // JupyterLab's own, while the player has the focus
        keydown: (event) => this.key(event),
      },
      this.buildHead(),
      this.seekBar.root,
      this.buildTransport(),
      this.buildSound(),
      this.status.root,
    );
    this.listen();
    this.showTrack();
    this.showDetails();
    this.showChoices();
  }

  // --- building -------------------------------------------------------------------------------

  buildHead() {
    this.artwork = make("div", { class: "auralis-artwork", "aria-hidden": "true" });
    this.title = make("div", { class: "auralis-title" });
    this.byline = make("div", { class: "auralis-byline" });
    this.format = make("div", { class: "auralis-format" });
    const names = make("div", { class: "auralis-names" }, this.title, this.byline);
    return make("header", { class: "auralis-head" }, this.artwork, names, this.format);
  }

  buildTransport() {
    this.play = make("button", {
      type: "button",
      class: "auralis-play",
      pointerdown: () => this.engine.warm(),
      click: () => this.engine.toggle(),
    });
    this.stop = make(
      "button",
      {
        type: "button",
        class: "auralis-stop",
        "aria-label": "Stop",
        title: "Stop",
        click: () => this.engine.stop(),
      },
      icon("stop"),
    );
    this.now = make("span", { class: "auralis-now" });
    this.length = make("span", { class: "auralis-length" });
    const time = make("div", { class: "auralis-time" }, this.now, " / ", this.length);
    this.mute = make("button", {
      type: "button",
      class: "auralis-mute",
      click: () => this.toggleMute(),
    });
    this.volume = slider({
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": "Volume",
      input: () => this.choose("volume", Number(this.volume.value)),
    });
    const volume = make("div", { class: "auralis-volume" }, this.mute, this.volume);
    const row = { class: "auralis-row auralis-transport" };
    return make("div", row, this.play, this.stop, time, volume);
  }

  buildSound() {
    this.enhance = make(
      "button",
      {
        type: "button",
        role: "switch",
        class: "auralis-switch",
        title: "Enhancement on or off (E)",
        click: () => this.toggleEnhanced(),
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
    return make("div", { class: "auralis-row auralis-sound" }, this.enhance, this.presets, amount);
  }

  // --- following the model and the engine -----------------------------------------------------

  listen() {
    this.on(this.engine, "change", () => this.show());
    this.on(this.seekBar, "seek", ({ detail }) => this.seekTo(detail));
    this.onModel("_track", () => this.showTrack());
    for (const name of ["waveform", "_grid", "_artwork"]) {
      this.onModel(name, () => this.showDetails());
    }
    for (const name of ["enhanced", "preset", "presets", "intensity", "volume"]) {
      this.onModel(name, () => this.showChoices());
    }
  }

  on(target, name, listener) {
    target.addEventListener(name, listener);
    this.undo.push(() => target.removeEventListener(name, listener));
  }

  onModel(name, listener) {
    this.model.on(`change:${name}`, listener);
    this.undo.push(() => this.model.off(`change:${name}`, listener));
  }

  // --- showing --------------------------------------------------------------------------------

  showTrack() {
    const track = this.model.get("_track");
    const title = track?.title || (track ? "Untitled" : "No track loaded");
    const channels = { 1: "mono", 2: "stereo" }[track?.channels] ?? `${track?.channels} channels`;
    this.title.textContent = title;
    this.title.title = title;
    this.byline.textContent = [track?.artist, track?.album].filter(Boolean).join(" · ");
    this.format.textContent = track
      ? [track.format, `${track.rate_hz / 1000} kHz`, channels].filter(Boolean).join(" · ")
      : "";
    this.root.setAttribute("aria-label", track ? `Player: ${title}` : "Player");
    this.root.toggleAttribute("data-empty", !track);
    this.play.toggleAttribute("disabled", !track);
    this.stop.toggleAttribute("disabled", !track);
    this.seekBar.enable(Boolean(track));
    this.show();
  }

  showDetails() {
    this.seekBar.waveform.setPeaks(this.model.get("waveform"));
    this.seekBar.waveform.setGrid(this.model.get("_grid"));
    const image = this.model.get("_artwork");
    if (this.pictureUrl) URL.revokeObjectURL(this.pictureUrl);
    this.pictureUrl = image?.byteLength ? URL.createObjectURL(new Blob([image])) : null;
    this.artwork.replaceChildren(
      this.pictureUrl ? make("img", { src: this.pictureUrl, alt: "" }) : icon("note"),
    );
    this.show();
  }

  showChoices() {
    const enhanced = this.model.get("enhanced");
    this.enhance.setAttribute("aria-checked", String(enhanced));
    this.root.toggleAttribute("data-enhanced", enhanced);
    this.showPresets();
    this.showIntensity(this.model.get("intensity"));
    const volume = this.model.get("volume");
    setSlider(this.volume, volume, spokenVolume(volume));
    this.mute.replaceChildren(icon(volume > 0 ? "volume" : "muted"));
    this.mute.setAttribute("aria-label", volume > 0 ? "Mute" : "Unmute");
    this.mute.title = `Volume ${spokenVolume(volume)}`;
    this.show();
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

  show() {
    const { engine, model } = this;
    const grid = model.get("_grid");
    const rate = engine.track?.rate_hz ?? 1;
    const total = engine.totalFrames || grid?.total || 0;
    this.now.textContent = clock(engine.position / rate);
    this.length.textContent = total ? clock(total / rate) : "–:––";
    this.seekBar.show(engine.position / rate, total / rate, model.get("enhanced"));
    const pausing = engine.sounding && engine.state !== "blocked";
    if (this.pausing !== pausing) {
      this.pausing = pausing;
      this.play.replaceChildren(icon(pausing ? "pause" : "play"));
      this.play.setAttribute("aria-label", pausing ? "Pause" : "Play");
      this.play.title = pausing ? "Pause (space)" : "Play (space)";
    }
    const sound = {
      enhanced: model.get("enhanced"),
      preset: model.get("preset"),
      intensity: model.get("intensity"),
    };
    this.status.show(sound, grid?.chunks ?? []);
    this.publish();
  }

  /** What was heard, for machines: all from one report. */
  publish() {
    const { engine } = this;
    const report = engine.report;
    Object.assign(this.root.dataset, {
      state: engine.state,
      epoch: engine.epoch,
      startFrame: report?.startFrame ?? engine.startFrame,
      consumedFrames: report?.consumed ?? 0,
      pcmHash: report?.hash ?? "",
      underruns: report?.underruns ?? 0,
      underrunFrames: report?.underrunFrames ?? 0,
      latencyMs: engine.latencyMs?.toFixed(1) ?? "",
    });
  }

  // --- acting ---------------------------------------------------------------------------------

  choose(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  seekTo(seconds) {
    const { track } = this.engine;
    if (track) this.engine.seek(seconds * track.rate_hz);
  }

  skip(seconds) {
    const { position, track } = this.engine;
    if (track) this.seekTo(Math.max(0, position / track.rate_hz + seconds));
  }

  toggleEnhanced() {
    this.choose("enhanced", !this.model.get("enhanced"));
  }

  toggleMute() {
    const volume = this.model.get("volume");
    if (volume > 0) this.loud = volume;
    this.choose("volume", volume > 0 ? 0 : (this.loud ?? 1));
  }

  changeVolume(by) {
    const volume = Math.round(100 * (this.model.get("volume") + by)) / 100;
    this.choose("volume", Math.min(1, Math.max(0, volume)));
  }

  /** Buttons, sliders and radios keep the keys that they act upon by themselves. */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const button = event.target instanceof HTMLButtonElement;
    const keys = { e: () => this.toggleEnhanced() };
    if (!button && event.target.type !== "radio") keys[" "] = () => this.engine.toggle();
    if (button || event.target === this.root || event.target === this.seekBar.input) {
      keys.ArrowLeft = () => this.skip(-SKIP_S);
      keys.ArrowRight = () => this.skip(SKIP_S);
      keys.ArrowUp = () => this.changeVolume(VOLUME_STEP);
      keys.ArrowDown = () => this.changeVolume(-VOLUME_STEP);
    }
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  close() {
    this.undo.forEach((step) => step());
    this.status.close();
    this.seekBar.close();
    if (this.pictureUrl) URL.revokeObjectURL(this.pictureUrl);
  }
}
