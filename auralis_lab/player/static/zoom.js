/**
 * The waveform panel: an overview, a stretch that follows the sound, and what a hand does with it.
 * The track's outline is asked for in tiles as they come into view, never as a whole.
 */

import { int16Of, Questions } from "./engines.js";
import { calm, part, say, Surface, Ticker } from "./surface.js";
import { Playhead, timeText, Viewport } from "./viewport.js";
import { Tiles } from "./tiles.js";
import { paintStrip } from "./strip.js";
import { joinAt, loopJoin, seamList, seamSentence, VERDICTS } from "./seams.js";
import { Minimap } from "./minimap.js";
import { StripHand } from "./zoom_hand.js";

const FPS = 30;
const CALM_FPS = 6;
const TOLD_MS = 900;
const CLOSE_S = 10; // seen closer than this, times are told with decimals
const PATIENCE_MS = 120000; // the first outline of a long track takes its time

/** A time as finely as a step asks for; rounded down, as a clock is. */
function passedText(seconds, step = 1) {
  const grain = step >= 1 ? 1 : Math.max(0.001, 10 ** Math.floor(Math.log10(step) + 1e-9));
  return timeText(Math.floor(seconds / grain + 1e-6) * grain, grain);
}

/** What is seen, as it is written beside the waveform. @param {Viewport} viewport */
export function rangeText({ start, stop, span, total, rate }) {
  const time = (frame) => passedText(frame / rate, span / rate / 100);
  return total ? `${time(start)} – ${time(Math.min(stop, total))}` : "";
}

/** The same for those who listen to the page, with what can be done. @param {Viewport} viewport */
export function rangeLabel({ start, stop, span, total, rate }) {
  if (!total) return "Waveform, no track";
  const seen = span / rate;
  const [first, last] = [start, Math.min(stop, total)].map((frame) => passedText(frame / rate, seen < CLOSE_S ? seen / 100 : 1));
  const all = total < rate ? `${Math.max(0.1, Math.floor((10 * total) / rate) / 10)} s` : passedText(total / rate);
  return `Waveform from ${first} to ${last} of ${all}. Plus and minus zoom, arrows move, Enter plays from the middle.`;
}

/** What is said of the joins. @param {{verdict: string}[] | null} joins @param {boolean} enhanced what is heard */
export function joinsText(joins, enhanced) {
  if (joins === null) return "";
  if (enhanced) return seamSentence(joins);
  if (!joins.length) return "The original is heard: it has no joins.";
  return `The original is heard, without joins. Of the enhanced track, ${seamSentence(joins)}`;
}

class WaveformPanel {
  constructor(model, engine, element) {
    this.model = model;
    this.engine = engine;
    this.questions = new Questions(model, PATIENCE_MS);
    this.viewport = new Viewport();
    this.playhead = new Playhead();
    this.following = true;
    this.scene = {
      viewport: this.viewport,
      tiles: new Tiles((...range) => this.fetch(...range)),
      facts: { total_frames: 0, joins: null },
      playhead: -1,
      enhanced: true,
      loop: null,
      chosen: null,
      hover: null,
    };
    this.build(element);
    this.ticker = new Ticker(calm() ? CALM_FPS : FPS, (now) => this.tick(now));
    this.hear = () => this.heard();
    this.take = () => this.show();
    engine.addEventListener("change", this.hear);
    model.on("change:shown", this.take);
    this.show();
    this.heard();
  }

  build(element) {
    this.stage = part("div", "au-strip", { tabindex: 0, role: "group", "aria-roledescription": "zoomable waveform" });
    this.surface = new Surface(this.stage, (pen, width, height) =>
      paintStrip(this.surface, pen, width, height, this.scene),
    );
    this.surface.onseen = () => this.heard();
    this.hand = new StripHand(this);
    this.minimap = new Minimap(this.scene, (share) => {
      this.release();
      this.viewport.place(share * this.viewport.total - this.viewport.span / 2, this.viewport.span);
      this.moved();
    });
    const button = (text, label, act) => part("button", "au-tool", { type: "button", title: label, "aria-label": label, click: act }, text);
    this.followButton = button("Follow", "Follow the sound (F)", () => this.setFollowing(!this.following));
    this.loopButton = button("Loop", "Loop what is seen (L)", () => this.loopView());
    const tools = part(
      "div",
      "au-tools",
      {},
      button("−", "Show more (−)", () => this.zoom(2)),
      button("+", "Show less, closer (+)", () => this.zoom(0.5)),
      button("All", "Show the whole track (0)", () => this.all()),
      this.followButton,
      this.loopButton,
    );
    this.range = part("span", "au-range");
    this.note = part("p", "au-sight-note");
    this.legend = part("div", "au-key-row");
    this.seams = part("div", "");
    const head = part("div", "au-sight-head", {}, part("h2", "", {}, "Waveform"), this.range, tools);
    this.root = part("section", "auralis au-sight au-waveform", { "aria-label": "Waveform" }, head, this.minimap.root, this.stage, this.legend, this.note, this.seams);
    element.append(this.root);
  }

  // --- what is shown ----------------------------------------------------------------------------

  show() {
    const facts = this.model.get("shown");
    const { scene } = this;
    const total = facts.total_frames ?? 0;
    const another = facts.track !== scene.facts.track;
    scene.facts = { joins: null, ...facts, total_frames: total };
    if (another) {
      scene.tiles.forget();
      this.viewport.setTrack(total, facts.rate_hz ?? 1);
      this.setFollowing(true);
    } else this.viewport.setTotal(total);
    scene.tiles.refused.clear();
    const { joins } = scene.facts;
    const black = joins !== null && joins.length > 0;
    this.tellNote();
    this.seams.replaceChildren(
      ...(black ? [seamList(joins, facts.rate_hz, (join) => this.loopAt(join))] : []),
    );
    this.showLegend(black);
    this.moved();
  }

  showLegend(black) {
    const key = (name, text) => part("span", "au-key-item", {}, part("i", `au-key-${name}`, { "aria-hidden": "true" }), text);
    const items = [key("peak", "peak"), key("rms", "average level")];
    if (this.scene.facts.interval_frames) items.push(key("chunk", "chunk"), key("overlap", "overlap of two chunks"));
    if (black) for (const [verdict, { name }] of Object.entries(VERDICTS)) items.push(key(`seam au-seam-${verdict}`, `${name} join`));
    this.legend.replaceChildren(...items);
  }

  fetch(startFrame, framesPerBin, bins) {
    const { track } = this.scene.facts;
    const question = { type: "peaks", track, start_frame: startFrame, frames_per_bin: framesPerBin, bins };
    this.questions.ask(question, (answer, bytes) => {
      if (track !== this.scene.facts.track) return;
      this.scene.tiles.put(startFrame, framesPerBin, answer ? int16Of(bytes) : null);
      this.tellNote();
      this.draw();
    });
  }

  tellNote() {
    const { facts, tiles } = this.scene;
    const drawing = facts.outlined && tiles.kept.size === 0 && tiles.refused.size === 0;
    say(this.note, drawing ? "The outline is being drawn …" : joinsText(facts.joins, this.scene.enhanced));
  }

  // --- following the sound ----------------------------------------------------------------------

  heard() {
    const { engine, scene } = this;
    const here = engine.track !== null && engine.track.id === scene.facts.track;
    const moves = here && engine.state === "playing";
    const speed = moves ? this.viewport.rate * (engine.rate ?? 1) : 0;
    this.playhead.report(engine.position, speed, performance.now());
    this.setEnhanced(engine.compare ? engine.lane !== "original" : engine.sound().enhanced);
    scene.loop = here ? engine.looped : null;
    this.loopButton.setAttribute("aria-pressed", String(scene.loop !== null));
    if (!here) scene.playhead = -1;
    this.ticker.turn(moves && this.surface.seen);
    if (moves) return;
    this.tick(performance.now(), here);
    this.draw();
  }

  /** Words and colours are those of what is heard. */
  setEnhanced(enhanced) {
    this.scene.enhanced = enhanced;
    this.root.toggleAttribute("data-original", !enhanced);
    this.tellNote();
  }

  tick(now, here = true) {
    if (here) this.scene.playhead = this.playhead.now(now);
    const free = this.following && !this.hand.busy && this.scene.playhead >= 0;
    if (free && this.viewport.follow(this.scene.playhead, !calm())) this.tell();
    const { viewport, scene, surface } = this;
    const pixels = (surface.width * surface.scale) / viewport.span;
    const state = `${Math.round(viewport.start * pixels)} ${Math.round(scene.playhead * pixels)}`;
    if (state === this.state) return; // nothing has moved by a pixel
    this.state = state;
    this.draw();
  }

  draw() {
    this.surface.draw();
    this.minimap.draw();
  }

  moved() {
    this.tell();
    this.draw();
  }

  /** Say what is seen, now to the eye and a little later to the ear. */
  tell() {
    say(this.range, rangeText(this.viewport));
    const name = () => this.stage.setAttribute("aria-label", rangeLabel(this.viewport));
    if (!this.stage.hasAttribute("aria-label")) name(); // it is never without one
    this.telling ??= setTimeout(() => {
      this.telling = null;
      name();
    }, TOLD_MS);
  }

  // --- acts -------------------------------------------------------------------------------------

  setFollowing(following) {
    this.following = following;
    this.followButton.setAttribute("aria-pressed", String(following));
    if (following) this.tick(performance.now(), this.scene.playhead >= 0);
  }

  /** A hand moves the view: the sound is no longer followed. */
  release() {
    if (this.following) this.setFollowing(false);
  }

  zoom(factor, share = null) {
    const { viewport, scene } = this;
    const at = viewport.shareOf(scene.playhead);
    viewport.zoom(share ?? (at >= 0 && at <= 1 ? at : 0.5), factor);
    this.moved();
  }

  all() {
    this.release();
    this.viewport.showAll();
    this.moved();
  }

  seek(frame) {
    this.engine.seek(Math.round(frame));
  }

  loopView() {
    const { start, stop } = this.viewport;
    if (this.scene.loop) this.engine.setLoop(null);
    else this.engine.setLoop(start, stop);
  }

  loopAt(join) {
    const { rate, total } = this.viewport;
    loopJoin(this.engine, join, rate, total);
    this.viewport.place(join.frame - 2 * rate, 4 * rate);
    this.release();
    this.moved();
  }

  joinUnder(x) {
    const joins = this.scene.facts.joins ?? [];
    return joinAt(joins, this.viewport, x, this.surface.width);
  }

  close() {
    this.engine.removeEventListener("change", this.hear);
    this.model.off("change:shown", this.take);
    clearTimeout(this.telling);
    this.ticker.turn(false);
    this.questions.close();
    this.surface.close();
    this.minimap.close();
    this.root.remove();
  }
}

/**
 * @param {object} model of a `WaveformView`
 * @param {import("./engine.js").Engine} engine
 * @param {HTMLElement} element
 * @returns {() => void} takes it away
 */
export function mountWaveform(model, engine, element) {
  const panel = new WaveformPanel(model, engine, element);
  return () => panel.close();
}
