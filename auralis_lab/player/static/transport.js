/** The row of buttons that a player is known by, with time and volume. */

import { clock, icon, make, setSlider, slider, spokenVolume } from "./controls.js";

const REPEATS = { off: "all", all: "one", one: "off" };
const REPEAT_NAMES = { off: "Repeat is off", all: "Repeating the queue", one: "Repeating this track" };

export class TransportRow {
  /**
   * @param {object} model
   * @param {import("./engine.js").Engine} engine
   * @param {(name: string, value: unknown) => void} choose sets a trait
   */
  constructor(model, engine, choose) {
    this.model = model;
    this.engine = engine;
    this.choose = choose;
    this.build();
  }

  build() {
    const { engine } = this;
    const button = (name, label, key, act, more = {}) =>
      make(
        "button",
        { type: "button", class: `auralis-round auralis-${name}`, "aria-label": label, title: `${label} (${key})`, click: act, ...more },
        icon(name),
      );
    this.shuffle = button("shuffle", "Shuffle what comes next", "H", () => this.turnShuffle());
    this.previous = button("previous", "Previous track", "P", () => engine.previous());
    this.play = button("play", "Play", "space", () => engine.toggle(), { pointerdown: () => engine.warm() });
    this.next = button("next", "Next track", "N", () => engine.next());
    this.stop = button("stop", "Stop", "S", () => engine.stop());
    this.repeat = button("repeat", "Repeat is off", "R", () => this.turnRepeat());
    this.now = make("span", { class: "auralis-now" });
    this.length = make("span", { class: "auralis-length" });
    const time = make("div", { class: "auralis-time" }, this.now, " / ", this.length);
    this.mute = button("mute", "Mute", "M", () => this.toggleMute());
    this.volume = slider({
      min: 0,
      max: 1,
      step: 0.01,
      "aria-label": "Volume",
      input: () => this.choose("volume", Number(this.volume.value)),
    });
    const volume = make("div", { class: "auralis-volume" }, this.mute, this.volume);
    const group = { class: "auralis-buttons", role: "group", "aria-label": "Playback" };
    const buttons = make("div", group, this.shuffle, this.previous, this.play, this.next, this.stop, this.repeat);
    this.root = make("div", { class: "auralis-row auralis-transport" }, buttons, time, volume);
  }

  // --- acting -----------------------------------------------------------------------------------

  turnShuffle() {
    this.model.send({ command: "shuffle", on: !this.model.get("shuffled") });
  }

  turnRepeat() {
    this.model.send({ command: "repeat", mode: REPEATS[this.model.get("repeat")] });
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

  // --- showing ----------------------------------------------------------------------------------

  showChoices() {
    const volume = this.model.get("volume");
    setSlider(this.volume, volume, spokenVolume(volume));
    this.mute.replaceChildren(icon(volume > 0 ? "volume" : "muted"));
    this.mute.setAttribute("aria-label", volume > 0 ? "Mute" : "Unmute");
    this.mute.title = `Volume ${spokenVolume(volume)} (M)`;
    const queued = this.model.get("queued");
    for (const each of [this.shuffle, this.previous, this.next, this.repeat]) each.hidden = !queued;
    this.shuffle.setAttribute("aria-pressed", String(this.model.get("shuffled")));
    const repeat = this.model.get("repeat");
    this.repeat.setAttribute("aria-pressed", String(repeat !== "off"));
    this.repeat.setAttribute("aria-label", REPEAT_NAMES[repeat]);
    this.repeat.title = `${REPEAT_NAMES[repeat]} (R)`;
    this.repeat.replaceChildren(icon(repeat === "one" ? "repeatone" : "repeat"));
  }

  /** @param {number} seconds @param {number} length 0 while it is unknown */
  show(seconds, length) {
    const { engine } = this;
    this.now.textContent = clock(seconds);
    this.length.textContent = length ? clock(length) : "–:––";
    for (const each of [this.play, this.stop, this.previous]) each.disabled = !engine.track;
    const pausing = engine.sounding && engine.state !== "blocked";
    if (this.pausing === pausing) return;
    this.pausing = pausing;
    this.play.replaceChildren(icon(pausing ? "pause" : "play"));
    this.play.setAttribute("aria-label", pausing ? "Pause" : "Play");
    this.play.title = pausing ? "Pause (space)" : "Play (space)";
  }
}
