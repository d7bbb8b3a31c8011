/** One view of a player: what is shown, and what a person does with it. */

import { CompareRow, KEPT } from "./compare.js";
import { icon, make } from "./controls.js";
import { forgetPicture } from "./cover.js";
import { inNextFrame, notInNextFrame } from "./frames.js";
import { Help, isOurs, wordOf } from "./keys.js";
import { MediaKeys } from "./media.js";
import { Options } from "./options.js";
import { PlanRow } from "./plans.js";
import { SeekBar, SKIP_S } from "./seekbar.js";
import { Sides } from "./sides.js";
import { SoundRow } from "./sound.js";
import { StatusLine } from "./status.js";
import { TransportRow } from "./transport.js";

const VOLUME_STEP = 0.05;
const TICK_MS = 1000; // timers go on while nothing sounds
const CHOICES = ["enhanced", "preset", "presets", "intensity", "volume"];
const ORDERS = ["levelling", "crossfade_s", "queued", "shuffled", "repeat"];

export class Panel {
  /**
   * @param {object} model the widget's model
   * @param {import("./engine.js").Engine} engine
   * @param {import("./kernel.js").KernelWatch} kernel
   */
  constructor(model, engine, kernel) {
    this.model = model;
    this.engine = engine;
    this.undo = [];
    this.picture = undefined; // bytes of what is shown
    this.draw = () => this.show();
    const choose = (name, value) => this.choose(name, value);
    this.seekBar = new SeekBar();
    this.transport = new TransportRow(model, engine, choose);
    const say = (text) => this.say(text);
    const wanted = () => this.wanted();
    const sides = new Sides(model, wanted);
    this.sound = sides.given ? new PlanRow(model, choose, say, sides) : new SoundRow(model, choose, say);
    this.compare = new CompareRow(engine, wanted, sides);
    this.options = new Options(model, engine, say);
    this.status = new StatusLine(engine, sides, kernel);
    this.media = new MediaKeys(engine, model.get("queued"), model.get("whole_page"));
    const whole = () => this.root.closest(".auralis-dashboard") !== null;
    this.help = new Help(whole, sides.given !== null, model.get("queued"));
    this.acts = this.keyActs();
    this.build();
    this.listen();
    this.showTrack();
    this.showDetails();
    this.showChoices();
  }

  // --- building -------------------------------------------------------------------------------

  build() {
    this.said = make("span", { class: "auralis-said", role: "status" });
    const keys = make("button", { type: "button", class: "auralis-round auralis-keys", "aria-label": "Keys", title: "Keys (?)", click: () => this.help.toggle() }, "?");
    this.root = make(
      "section",
      {
        class: "auralis auralis-player",
        role: "region",
        tabindex: -1,
        "aria-label": "Player",
        "data-lm-suppress-shortcuts": "true", // JupyterLab's own, while the player has the focus
      },
      this.buildHead(),
      this.seekBar.root,
      this.transport.root,
      this.sound.root,
      this.compare.root,
      this.options.root,
      make("div", { class: "auralis-foot" }, this.status.root, keys),
      this.said,
      this.help.root,
    );
  }

  buildHead() {
    this.artwork = make("div", { class: "auralis-artwork", "aria-hidden": "true" });
    this.title = make("div", { class: "auralis-title" });
    this.byline = make("div", { class: "auralis-byline" });
    this.format = make("div", { class: "auralis-format" });
    const names = make("div", { class: "auralis-names" }, this.title, this.byline);
    return make("header", { class: "auralis-head" }, this.artwork, names, this.format);
  }

  // --- following the model and the engine -----------------------------------------------------

  listen() {
    // What a person does is shown at once; a page that is not seen has no frames.
    this.on(this.engine, "change", ({ moved }) =>
      moved && !document.hidden ? inNextFrame(this.draw) : this.show(),
    );
    this.on(this.seekBar, "seek", ({ detail }) => this.seekTo(detail));
    // A page that is the player's own has its keys wherever the focus is.
    this.on(document, "keydown", (event) => this.key(event));
    this.on(document, "pointerdown", () => this.keepKeys());
    this.on(document, "focusin", ({ target }) => this.keepKeys(target));
    this.onModel("_track", () => this.showTrack());
    for (const name of ["waveform", "_grid", "_artwork"]) {
      this.onModel(name, () => this.showDetails());
    }
    for (const name of [...CHOICES, ...ORDERS]) this.onModel(name, () => this.showChoices());
    this.ticking = setInterval(() => this.options.show(), TICK_MS);
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

  wanted() {
    const [enhanced, preset, intensity] = ["enhanced", "preset", "intensity"].map((name) => this.model.get(name));
    return { enhanced, preset, intensity };
  }

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
    this.seekBar.enable(Boolean(track));
    this.media.describe(track, this.pictureUrl);
    this.show();
  }

  showDetails() {
    this.seekBar.waveform.setPeaks(this.model.get("waveform"));
    this.seekBar.waveform.setGrid(this.model.get("_grid"));
    this.showPicture();
    this.show();
  }

  showPicture() {
    const image = this.model.get("_artwork");
    if (image === this.picture) return;
    this.picture = image;
    forgetPicture(this.pictureUrl);
    this.pictureUrl = image?.byteLength ? URL.createObjectURL(new Blob([image])) : null;
    this.artwork.replaceChildren(
      this.pictureUrl ? make("img", { src: this.pictureUrl, alt: "" }) : icon("note"),
    );
    this.media.describe(this.model.get("_track"), this.pictureUrl);
  }

  showChoices() {
    this.root.toggleAttribute("data-enhanced", this.model.get("enhanced"));
    this.sound.showChoices();
    this.transport.showChoices();
    this.show();
  }

  show() {
    const { engine, model } = this;
    const grid = model.get("_grid");
    const rate = engine.track?.rate_hz ?? 1;
    const total = engine.totalFrames || grid?.total || 0;
    this.seekBar.show(engine.position / rate, total / rate, model.get("enhanced"));
    this.transport.show(engine.position / rate, total / rate);
    this.compare.show();
    this.sound.show(engine.compare, this.compare.test !== null);
    this.options.show();
    this.status.show(this.wanted(), grid?.chunks ?? []);
    this.media.show();
    // What the kernel believes to play may have fallen silent with the connection.
    this.root.closest(".auralis-dashboard")?.toggleAttribute("data-silent", !engine.sounding);
    this.root.toggleAttribute("data-lost", Boolean(engine.notice));
    this.publish();
  }

  /** What was heard, for machines: all from one report. */
  publish() {
    const { engine } = this;
    const { report } = engine;
    Object.assign(this.root.dataset, {
      state: engine.state,
      entry: engine.entry ?? "",
      epoch: report?.epoch ?? engine.epoch,
      position: Math.round(engine.position),
      consumedFrames: report?.consumed ?? 0,
      queuedFrames: report?.queued ?? 0,
      runFrame: report?.runFrame ?? engine.startFrame,
      runFrames: report?.runFrames ?? 0,
      pcmHash: report?.hash ?? "",
      underruns: report?.underruns ?? 0,
      underrunFrames: report?.underrunFrames ?? 0,
      latencyMs: engine.latencyMs?.toFixed(1) ?? "",
      spliceMs: engine.health.spliceMs?.toFixed(1) ?? "",
      finished: engine.finished,
    });
  }

  // --- acting ---------------------------------------------------------------------------------

  choose(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  /** Tell those who listen to the page; the same again is told again. */
  say(text) {
    this.said.textContent = text === this.said.textContent ? `${text}\u00a0` : text;
  }

  seekTo(seconds) {
    const { track } = this.engine;
    if (track) this.engine.seek(seconds * track.rate_hz);
  }

  skip(seconds) {
    const { position, track } = this.engine;
    if (track) this.seekTo(Math.max(0, position / track.rate_hz + seconds));
  }

  keyActs() {
    const { compare, engine, options, sound, transport } = this;
    const queued = (act) => () => this.model.get("queued") && act();
    const pick = (place) => (compare.test ? this.say(KEPT) : sound.pick(place));
    const presets = [1, 2, 3, 4, 5].map((number) => [String(number), () => pick(number - 1)]);
    return {
      " ": () => engine.toggle(),
      ArrowLeft: () => this.skip(-SKIP_S),
      ArrowRight: () => this.skip(SKIP_S),
      ArrowUp: () => transport.changeVolume(VOLUME_STEP),
      ArrowDown: () => transport.changeVolume(-VOLUME_STEP),
      p: queued(() => engine.previous()),
      n: queued(() => engine.next()),
      h: queued(() => transport.turnShuffle()),
      r: queued(() => transport.turnRepeat()),
      s: () => engine.stop(),
      m: () => transport.toggleMute(),
      e: () => (engine.compare ? compare.hear("x") : sound.toggle()),
      c: () => compare.set(!engine.compare),
      a: () => compare.hear("a"),
      b: () => compare.hear("b"),
      x: () => compare.hear("x"),
      l: () => options.turnLoop(),
      "<": () => options.changeRate(-1),
      ">": () => options.changeRate(1),
      "?": () => this.help.toggle(),
      "/": () => this.root.closest(".auralis-dashboard")?.querySelector(".au-field")?.focus(),
      ...Object.fromEntries(presets),
    };
  }

  /** Buttons, sliders and radios keep the keys that they act upon by themselves. */
  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const { target } = event;
    if (!(target instanceof Element)) return;
    const around = this.root.closest(".auralis-dashboard") ?? this.root;
    if (!around.matches(".au-page") && !around.contains(target)) return;
    const word = wordOf(event);
    const act = this.acts[word];
    const place = { root: this.root, slider: this.seekBar.input };
    if (!act || !isOurs(word, target, place)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  /**
   * JupyterLab's own keys, which cut and insert cells, rest while something of ours has the focus:
   * they look for the mark on what has it before they look around. A click on a dashboard gives it
   * the focus.
   * @param {Element} [focused]
   */
  keepKeys(focused) {
    if (focused?.closest?.(".auralis, .auralis-dashboard")) focused.setAttribute("data-lm-suppress-shortcuts", "true");
    const around = this.root.closest(".auralis-dashboard:not(.au-page)");
    if (!around || around.dataset.lmSuppressShortcuts) return;
    around.dataset.lmSuppressShortcuts = "true";
    around.tabIndex = -1;
  }

  close() {
    clearInterval(this.ticking);
    notInNextFrame(this.draw);
    this.undo.forEach((step) => step());
    this.status.close();
    this.media.close();
    this.seekBar.close();
    forgetPicture(this.pictureUrl);
  }
}
