/** Original and enhanced, side by side: switched on the same sample, and a test of who can tell. */

import { BlindTest, spokenChance } from "./abx.js";
import { make } from "./controls.js";

export const KEPT = "The blind test keeps the sound as it is.";

const LISTEN_FIRST = "Listen to X first";
const LANES = { a: "original", b: "enhanced" };

export class CompareRow {
  /**
   * @param {import("./engine.js").Engine} engine
   * @param {() => object} sound what is chosen
   * @param {import("./sides.js").Sides} sides
   */
  constructor(engine, sound, sides) {
    this.engine = engine;
    this.sound = sound;
    this.sides = sides;
    /** @type {BlindTest | null} */
    this.test = null;
    /** @type {BlindTest | null} the one before, until this one has an answer */
    this.before = null;
    this.heard = null; // which of a, b and x was asked for last
    this.said = "";
    /** @type {{a: number, b: number} | null} the loop that a test has set */
    this.round = null;
    this.build();
  }

  build() {
    this.toggle = make(
      "button",
      {
        type: "button",
        role: "switch",
        class: "auralis-switch auralis-compare",
        click: () => this.set(!this.engine.compare),
      },
      make("span", { class: "auralis-knob", "aria-hidden": "true" }),
      "Compare",
    );
    const lane = (name) =>
      make("button", { type: "button", "data-lane": name, click: () => this.hear(name) }, name.toUpperCase());
    this.buttons = ["a", "b", "x"].map(lane);
    this.lanes = make("div", { class: "auralis-lanes", role: "group", "aria-label": "Hear" }, ...this.buttons);
    this.note = make("span", { class: "auralis-matched" });
    this.blind = this.button("Blind test", () => this.setBlind(this.test === null));
    this.blind.classList.add("auralis-blind");
    this.score = make("span", { class: "auralis-score", role: "status" });
    this.answers = ["a", "b"].map((name) =>
      this.button(`X is ${name.toUpperCase()}`, () => this.answer(name)),
    );
    this.exports = [
      this.button("CSV", () => this.save("csv", "text/csv")),
      this.button("JSON", () => this.save("json", "application/json")),
    ];
    this.exports.forEach((each) => each.setAttribute("aria-label", `Save trials as ${each.textContent}`));
    this.kept = make("span", { class: "auralis-matched", role: "status" });
    const saves = make("div", { class: "auralis-saves" }, this.kept, ...this.exports);
    this.trial = make("div", { class: "auralis-trial" }, ...this.answers, this.score, saves);
    this.root = make("div", { class: "auralis-row auralis-comparing" }, this.toggle, this.lanes, this.note, this.blind, this.trial);
  }

  button(text, act) {
    return make("button", { type: "button", class: "auralis-textual", click: act }, text);
  }

  // --- acting -----------------------------------------------------------------------------------

  /** @param {boolean} on */
  set(on) {
    if (!on) {
      this.begin(null);
      this.goRound(false);
    }
    this.heard = on ? (this.sound().enhanced ? "b" : "a") : null;
    this.engine.setCompare(on);
  }

  /** @param {"a" | "b" | "x"} name */
  hear(name) {
    const { engine, test } = this;
    if (!engine.compare) return;
    const other = engine.lane === "original" ? "b" : "a";
    const lane = name !== "x" ? name : (test?.x ?? other);
    this.heard = test ? name : lane;
    test?.switched();
    engine.setLane(LANES[lane]);
  }

  setBlind(on) {
    const facts = { ...this.subject(), matched_db: this.engine.matchedDb };
    this.begin(on ? new BlindTest(facts) : null);
    this.goRound(on);
    this.said = `${KEPT} Listen to A, B and X, as often as you like.`;
    this.hear(on ? "x" : "b");
    this.show();
  }

  /** Take up another test, or none; the answers so far can still be saved. */
  begin(test) {
    if (this.test?.trials.length) this.before = this.test;
    this.test = test;
  }

  /** What a test is of. */
  subject() {
    const { id, title, artist } = this.engine.track ?? {};
    return { track: id, title, artist, ...this.sides.facts() };
  }

  /** During a test the track is repeated, unless the listener has set a loop. */
  goRound(on) {
    const { engine } = this;
    if (on && !engine.looped && engine.totalFrames) {
      engine.setLoop(0, engine.totalFrames);
      this.round = engine.looped;
    } else if (!on && this.round) {
      if (engine.looped === this.round) engine.setLoop(null);
      this.round = null;
    }
  }

  /** Another track or another sound is another test: its trials are not counted with these. */
  keepToOne() {
    const { test } = this;
    if (test === null || test.isOf(this.subject())) return;
    const why = test.facts.track === this.engine.track?.id ? "The sound was changed elsewhere" : "This is another track";
    this.setBlind(true);
    this.said = `${why}: the test begins anew.`;
  }

  answer(name) {
    if (!this.test.ready) return;
    const right = this.test.answer(name);
    this.before = null;
    this.said = right ? "Right." : "Wrong.";
    this.hear("x");
    this.show();
  }

  save(kind, type) {
    const url = URL.createObjectURL(new Blob([this.saved[kind]()], { type }));
    make("a", { href: url, download: `blind-test.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  /** Whose trials are saved. */
  get saved() {
    return this.before ?? this.test;
  }

  // --- showing ----------------------------------------------------------------------------------

  show() {
    this.keepToOne();
    const { engine, test } = this;
    const on = engine.compare;
    // Waveform and meters would tell which one is heard.
    this.root.closest(".auralis-dashboard")?.toggleAttribute("data-blind", test !== null);
    this.toggle.setAttribute("aria-checked", String(on));
    this.toggle.disabled = !engine.track;
    for (const part of [this.lanes, this.note, this.blind]) part.hidden = !on;
    this.trial.hidden = !on || test === null;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.lane === this.heard));
    }
    this.showNames();
    this.blind.textContent = test ? "End the test" : "Blind test";
    const note = on ? this.matched() : "";
    if (this.note.textContent !== note) this.note.textContent = note;
    test?.look(engine.state === "playing" && this.heard === "x");
    this.showAnswers();
    if (test) this.showScore();
  }

  /** The answers rest, without losing the focus, until there is something to answer to. */
  showAnswers() {
    const rests = this.test?.ready !== true;
    for (const each of this.answers) {
      each.disabled = this.engine.matchedDb === null;
      each.setAttribute("aria-disabled", String(rests));
      const title = rests ? LISTEN_FIRST : "";
      if (each.title !== title) each.title = title;
    }
  }

  showNames() {
    const [a, b] = this.sides.titles;
    const labels = [`A: ${a}`, `B: ${b}`, this.test ? "X: one of the two" : "X: the other one"];
    this.buttons.forEach((button, place) => {
      if (button.title === labels[place]) return;
      button.title = labels[place];
      button.setAttribute("aria-label", labels[place]);
    });
    const [first, second] = this.sides.names;
    const title = `${first[0].toUpperCase()}${first.slice(1)} and ${second} at the same loudness (C)`;
    if (this.toggle.title !== title) this.toggle.title = title;
  }

  /** By how much one of the two is turned down to be as loud as the other. */
  matched() {
    const { matchedDb, sounding } = this.engine;
    if (matchedDb === null) return sounding ? "Getting both ready" : "Both are ready when it plays";
    return this.sides.matched(matchedDb);
  }

  showScore() {
    const { trials, right, chance } = this.test;
    const score = trials.length
      ? `${right} of ${trials.length} right; by guessing ${spokenChance(chance)} (p = ${chance.toPrecision(3)})`
      : "No answer yet";
    const text = `${this.said} ${score}`;
    if (this.score.textContent !== text) this.score.textContent = text;
    for (const each of this.exports) each.disabled = this.saved.trials.length === 0;
    const count = this.before?.trials.length;
    const kept = count ? `The ${count === 1 ? "answer" : `${count} answers`} before can be saved until the next one.` : "";
    if (this.kept.textContent !== kept) this.kept.textContent = kept;
  }
}
