/** One view of a player: what is shown, and what a person does with it. */

import { clock, icon, make, setSlider, slider, spokenTime, spokenVolume } from "./controls.js";
import { Waveform } from "./waveform.js";

const SKIP_S = 5;
const VOLUME_STEP = 0.05;
const METER_MS = 500;

const STATES = {
  idle: "Ready",
  opening: "Opening",
  playing: "Playing",
  paused: "Paused",
  buffering: "Waiting for sound",
  blocked: "Press play: the browser lets sound out after a click",
  stopped: "Stopped",
  ended: "Finished",
  failed: "Stopped by an error",
};

export class Panel {
  /**
   * @param {object} model the widget's model
   * @param {import("./engine.js").Engine} engine
   */
  constructor(model, engine) {
    this.model = model;
    this.engine = engine;
    this.undo = [];
    this.bytes = engine.bytes;
    this.dragging = null;
    this.build();
    this.listen();
    this.showTrack();
    this.showChoices();
    this.showDetails();
    this.show();
    this.meter = setInterval(() => this.measure(), METER_MS);
  }

  // --- building -------------------------------------------------------------------------------

  build() {
    this.root = make(
      "section",
      {
        class: "auralis auralis-player",
        role: "region",
        tabindex: -1,
        "aria-label": "Player",
        "data-lm-suppress-shortcuts": "true",
        keydown: (event) => this.key(event),
      },
      this.buildHead(),
      this.buildSeek(),
      this.buildTransport(),
      this.buildSound(),
      this.buildStatus(),
    );
  }

  buildHead() {
    this.artwork = make("div", { class: "auralis-artwork", "aria-hidden": "true" }, icon("note"));
    this.title = make("div", { class: "auralis-title" });
    this.byline = make("div", { class: "auralis-byline" });
    this.format = make("div", { class: "auralis-format" });
    const names = make("div", { class: "auralis-names" }, this.title, this.byline);
    return make("header", { class: "auralis-head" }, this.artwork, names, this.format);
  }

  buildSeek() {
    this.seek = make("input", {
      type: "range",
      min: 0,
      max: 0,
      step: SKIP_S,
      value: 0,
      "aria-label": "Position",
      input: () => this.seekTo(Number(this.seek.value)),
    });
    this.bubble = make("output", { class: "auralis-bubble", "aria-hidden": "true", hidden: true });
    this.stage = make(
      "div",
      {
        class: "auralis-stage",
        pointerdown: (event) => this.press(event),
        pointermove: (event) => this.move(event),
        pointerup: (event) => this.release(event),
        pointercancel: () => this.letGo(),
        pointerleave: () => this.dragging === null && this.point(null),
      },
      this.seek,
      this.bubble,
    );
    this.waveform = new Waveform(this.stage);
    return this.stage;
  }

  buildTransport() {
    this.playButton = make("button", {
      type: "button",
      class: "auralis-play",
      pointerdown: () => this.engine.warm(),
      click: () => this.engine.toggle(),
    });
    const stop = make(
      "button",
      { type: "button", class: "auralis-stop", "aria-label": "Stop", title: "Stop" },
      icon("stop"),
    );
    stop.addEventListener("click", () => this.engine.stop());
    this.now = make("span", { class: "auralis-now" }, "0:00");
    this.length = make("span", { class: "auralis-length" }, "0:00");
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
    const loudness = make("div", { class: "auralis-volume" }, this.mute, this.volume);
    return make(
      "div",
      { class: "auralis-row auralis-transport" },
      this.playButton,
      stop,
      time,
      loudness,
    );
  }

  buildSound() {
    this.enhance = make(
      "button",
      {
        type: "button",
        role: "switch",
        class: "auralis-switch",
        title: "Enhancement on or off (E)",
        click: () => this.choose("enhanced", !this.model.get("enhanced")),
      },
      make("span", { class: "auralis-knob", "aria-hidden": "true" }),
      "Enhance",
    );
    this.presets = make(
      "div",
      { class: "auralis-presets", role: "radiogroup", "aria-label": "Preset" },
    );
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

  buildStatus() {
    this.state = make("span", { class: "auralis-state", role: "status" });
    this.figures = {};
    const list = make("div", { class: "auralis-figures" });
    const names = { chunk: "Chunk", buffer: "Buffer", rate: "Stream", latency: "Latency" };
    for (const [key, name] of Object.entries({ ...names, underruns: "Underruns" })) {
      this.figures[key] = make("b", {}, "–");
      list.append(make("span", {}, `${name} `, this.figures[key]));
    }
    return make("footer", { class: "auralis-status" }, this.state, list);
  }

  // --- following the model and the engine -----------------------------------------------------

  listen() {
    this.on(this.engine, "change", () => this.show());
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

  choose(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  // --- showing --------------------------------------------------------------------------------

  showTrack() {
    const track = this.model.get("_track");
    const title = track?.title || "No track loaded";
    this.title.textContent = title;
    this.byline.textContent = [track?.artist, track?.album].filter(Boolean).join(" · ");
    const channels = { 1: "mono", 2: "stereo" }[track?.channels] ?? `${track?.channels} channels`;
    this.format.textContent = track
      ? `${track.format} · ${track.rate_hz / 1000} kHz · ${channels}`
      : "";
    this.root.setAttribute("aria-label", track ? `Player: ${title}` : "Player");
    this.root.toggleAttribute("data-empty", !track);
    for (const button of this.root.querySelectorAll(".auralis-transport button:not(.auralis-mute)")) {
      button.toggleAttribute("disabled", !track);
    }
    this.seek.toggleAttribute("disabled", !track);
    this.show();
  }

  showDetails() {
    this.waveform.setPeaks(this.model.get("waveform"));
    const grid = this.model.get("_grid");
    this.waveform.setGrid(grid?.total ? grid : null);
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
    if (this.presets.children.length !== names.length) {
      const group = `auralis-preset-${Math.random().toString(36).slice(2)}`;
      this.presets.replaceChildren(
        ...names.map((name) => {
          const radio = make("input", { type: "radio", name: group, value: name });
          radio.addEventListener("change", () => this.choose("preset", name));
          return make("label", {}, radio, make("span", {}, name));
        }),
      );
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
    const { engine } = this;
    const track = this.model.get("_track");
    const rate = track?.rate_hz ?? 1;
    const total = engine.totalFrames || this.model.get("_grid")?.total || 0;
    const seconds = engine.position / rate;
    if (this.dragging === null) {
      this.now.textContent = clock(seconds);
      this.waveform.setPlayed(total ? engine.position / total : 0, this.model.get("enhanced"));
      this.showSeek(seconds, total / rate);
    }
    this.length.textContent = total ? clock(total / rate) : "–:––";
    const pausing = engine.sounding && engine.state !== "blocked";
    if (this.pausing !== pausing) {
      this.pausing = pausing;
      this.playButton.replaceChildren(icon(pausing ? "pause" : "play"));
      this.playButton.setAttribute("aria-label", pausing ? "Pause" : "Play");
      this.playButton.title = pausing ? "Pause (space)" : "Play (space)";
    }
    const words = engine.message || this.words(track);
    if (this.state.textContent !== words) this.state.textContent = words;
    this.showReport(total);
  }

  showSeek(seconds, length) {
    this.seek.max = String(Math.max(length, seconds));
    this.seek.value = String(seconds);
    const spoken = `${spokenTime(seconds)} of ${spokenTime(length)}`;
    if (this.seek.getAttribute("aria-valuetext") !== spoken) {
      this.seek.setAttribute("aria-valuetext", spoken);
    }
  }

  words(track) {
    if (!window.isSecureContext) return "Sound needs a secure page: https or localhost";
    if (!track) return "Load a track to listen";
    const words = STATES[this.engine.state];
    if (this.engine.state !== "playing") return words;
    if (!this.model.get("enhanced")) return `${words} the original`;
    const percent = Math.round(100 * this.model.get("intensity"));
    return `${words}, ${this.model.get("preset")} at ${percent} %`;
  }

  /** What was heard, for people and for machines: all from one report. */
  showReport(total) {
    const { engine, root } = this;
    const report = engine.report;
    root.dataset.state = engine.state;
    root.dataset.epoch = engine.epoch;
    root.dataset.startFrame = report?.startFrame ?? engine.startFrame;
    root.dataset.consumedFrames = report?.consumed ?? 0;
    root.dataset.pcmHash = report?.hash ?? "";
    root.dataset.underrunFrames = report?.underrunFrames ?? 0;
    root.dataset.underruns = report?.underruns ?? 0;
    root.dataset.latencyMs = engine.latencyMs?.toFixed(1) ?? "";
    const rate = engine.track?.rate_hz ?? 1;
    const { chunk, buffer, latency, underruns } = this.figures;
    buffer.textContent = report ? `${(report.queued / rate).toFixed(1)} s` : "–";
    latency.textContent = engine.latencyMs === null ? "–" : `${Math.round(engine.latencyMs)} ms`;
    underruns.textContent = report ? String(report.underruns) : "–";
    underruns.toggleAttribute("data-alert", (report?.underruns ?? 0) > 0);
    const chunks = this.model.get("_grid")?.chunks ?? [];
    const next = chunks.findIndex(([start]) => start > engine.position);
    const index = next < 0 ? chunks.length : next;
    chunk.textContent = total && chunks.length ? `${index} of ${chunks.length}` : "–";
  }

  measure() {
    const perSecond = ((this.engine.bytes - this.bytes) / METER_MS) * 1000;
    this.bytes = this.engine.bytes;
    // A few seconds' mean: blocks come in pieces.
    this.mean = 0.75 * (this.mean ?? perSecond) + 0.25 * perSecond;
    const quiet = !this.engine.sounding && perSecond === 0;
    this.figures.rate.textContent = quiet ? "–" : `${Math.round(this.mean / 1000)} kB/s`;
  }

  // --- acting ---------------------------------------------------------------------------------

  get seconds() {
    const rate = this.engine.track?.rate_hz ?? 1;
    return this.engine.position / rate;
  }

  seekTo(seconds) {
    if (this.engine.track) this.engine.seek(seconds * this.engine.track.rate_hz);
  }

  fraction(event) {
    const { left, width } = this.stage.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  press(event) {
    if (event.button !== 0 || !this.engine.track || !this.lengthS) return;
    event.preventDefault();
    this.seek.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    this.dragging = this.fraction(event);
    this.move(event);
  }

  move(event) {
    if (!this.lengthS) return;
    const fraction = this.fraction(event);
    this.point(fraction);
    if (this.dragging === null) return;
    this.dragging = fraction;
    this.now.textContent = clock(fraction * this.lengthS);
    this.waveform.setPlayed(fraction, this.model.get("enhanced"));
  }

  release(event) {
    if (this.dragging === null) return;
    this.dragging = null;
    this.seekTo(this.fraction(event) * this.lengthS);
  }

  letGo() {
    this.dragging = null;
    this.point(null);
    this.show();
  }

  /** Show the time under the pointer. */
  point(fraction) {
    this.waveform.setHover(fraction);
    this.bubble.hidden = fraction === null;
    if (fraction === null) return;
    this.bubble.textContent = clock(fraction * this.lengthS);
    this.bubble.style.left = `${100 * fraction}%`;
  }

  get lengthS() {
    return Number(this.seek.max);
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

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const own = event.target === this.root || event.target === this.seek;
    const button = event.target instanceof HTMLButtonElement;
    const keys = {
      e: () => this.choose("enhanced", !this.model.get("enhanced")),
    };
    // Buttons, sliders and radios keep the keys they act upon by themselves.
    if (!button && !(event.target.type === "radio")) keys[" "] = () => this.engine.toggle();
    if (own || button) {
      keys.ArrowLeft = () => this.seekTo(Math.max(0, this.seconds - SKIP_S));
      keys.ArrowRight = () => this.seekTo(this.seconds + SKIP_S);
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
    clearInterval(this.meter);
    this.undo.forEach((step) => step());
    this.waveform.close();
    if (this.pictureUrl) URL.revokeObjectURL(this.pictureUrl);
  }
}
