/** What is wanted now and then: speed, a loop, falling asleep, one level for all, crossfades. */

import { clock, make, setSlider, slider } from "./controls.js";

const RATES = [0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2];
const SLEEPS_MIN = [15, 30, 45, 60, 90];
const LOOP_OFF = "Loop off";
const LEVELS = { off: "Off", track: "Each track", album: "Whole albums" };

export class Options {
  /**
   * @param {object} model
   * @param {import("./engine.js").Engine} engine
   * @param {(text: string) => void} say tells those who listen to the page
   */
  constructor(model, engine, say) {
    this.model = model;
    this.engine = engine;
    this.say = say;
    this.told = LOOP_OFF; // what was said of the loop last
    this.start = null; // first frame of a loop whose end is not chosen yet
    this.build();
  }

  build() {
    const rates = RATES.map((rate) => [rate, rate === 1 ? "Normal" : `${rate} ×`]);
    this.rate = this.select("Speed", rates, (value) => this.engine.setRate(Number(value)));
    const sleeps = [["", "Off"], ...SLEEPS_MIN.map((minutes) => [minutes, `${minutes} minutes`])];
    this.sleep = this.select("Sleep timer", sleeps, (value) =>
      this.engine.setSleep(value ? Number(value) : null),
    );
    this.level = this.select("Same level", Object.entries(LEVELS), (value) => this.choose("levelling", value));
    this.loop = make("button", { type: "button", class: "auralis-textual auralis-loop", click: () => this.turnLoop() });
    this.fade = slider({
      min: 0,
      max: 12,
      step: 0.5,
      "aria-label": "Crossfade between tracks",
      change: () => this.choose("crossfade_s", Number(this.fade.value)),
      input: () => this.showFade(Number(this.fade.value)),
    });
    this.fadeText = make("span", { class: "auralis-percent", "aria-hidden": "true" });
    this.note = make("span", { class: "auralis-asleep" });
    const levelled = Boolean(this.model.get("_sides")); // plans that are compared are
    const field = (name, ...inputs) => make("div", { class: "auralis-field" }, make("span", { "aria-hidden": "true" }, name), ...inputs);
    this.root = make(
      "details",
      { class: "auralis-options", toggle: ({ target }) => target.open && target.scrollIntoView({ block: "nearest" }) },
      make("summary", {}, levelled ? "Speed, loop, sleep timer" : "Speed, loop, sleep timer, level", this.note),
      make(
        "div",
        { class: "auralis-fields auralis-row" },
        field("Speed", this.rate),
        field("Loop", this.loop),
        field("Sleep timer", this.sleep),
        ...(levelled ? [] : [field("Same level", this.level)]),
        field("Crossfade", make("div", { class: "auralis-amount" }, this.fade, this.fadeText)),
      ),
    );
  }

  select(label, choices, act) {
    const options = choices.map(([value, text]) => make("option", { value }, text));
    const made = make("select", { "aria-label": label, change: () => act(made.value) }, ...options);
    return made;
  }

  choose(name, value) {
    this.model.set(name, value);
    this.model.save_changes();
  }

  /** @param {number} by how many places in the list of speeds */
  changeRate(by) {
    const at = RATES.findIndex((rate) => rate >= this.engine.rate - 0.001);
    this.engine.setRate(RATES[Math.min(RATES.length - 1, Math.max(0, at + by))]);
  }

  /** First the start of the loop, then its end, then no loop. */
  turnLoop() {
    const { engine } = this;
    if (engine.looped) engine.setLoop(null);
    else if (this.start === null) this.start = engine.position;
    else {
      const [a, b] = [this.start, engine.position].sort((one, other) => one - other);
      this.start = null;
      engine.setLoop(a, b);
    }
    this.show();
  }

  show() {
    const { engine, model } = this;
    if (engine.entry !== this.entry) {
      this.entry = engine.entry;
      this.start = null;
    }
    this.rate.value = String(engine.rate);
    this.level.value = model.get("levelling");
    this.showFade(model.get("crossfade_s"));
    this.showLoop();
    const left = engine.sleepLeft;
    if (left === null) this.sleep.value = "";
    const marks = [
      engine.rate === 1 ? "" : `${engine.rate} ×`,
      engine.looped ? "loop" : "",
      left === null ? "" : `asleep in ${clock(left)}`,
    ].filter(Boolean);
    const note = marks.length ? ` · ${marks.join(" · ")}` : "";
    if (this.note.textContent !== note) this.note.textContent = note;
  }

  showLoop() {
    const { engine, loop } = this;
    const time = (frame) => clock(frame / (engine.track?.rate_hz ?? 1));
    let text = "Start here";
    if (engine.looped) text = `${time(engine.looped.a)} – ${time(engine.looped.b)}, end it`;
    else if (this.start !== null) text = `From ${time(this.start)}, end here`;
    if (loop.textContent !== text) {
      loop.textContent = text;
      loop.setAttribute("aria-label", `Loop: ${text}`);
    }
    loop.disabled = !engine.track;
    let told = LOOP_OFF;
    if (engine.looped) told = `Loop from ${time(engine.looped.a)} to ${time(engine.looped.b)}`;
    else if (this.start !== null) told = `Loop begins at ${time(this.start)}`;
    if (told !== this.told) this.say(told);
    this.told = told;
  }

  showFade(seconds) {
    if (document.activeElement !== this.fade || Number(this.fade.value) === seconds) {
      setSlider(this.fade, seconds, seconds ? `${seconds} seconds` : "off");
    }
    this.fadeText.textContent = seconds ? `${seconds} s` : "off";
  }
}
