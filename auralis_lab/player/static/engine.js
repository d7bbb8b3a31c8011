/**
 * What a person can do with the sound, and what there is to show of it. Knows nothing of widgets or
 * of the page; the dialogue behind it is the listener's.
 */

import { Listener } from "./listener.js";
import { Loop } from "./loop.js";
import { SleepTimer } from "./sleep.js";

const BACK_TO_START_S = 3; // within them "previous" means the track before
const SLOWEST = 0.5;
const FASTEST = 2;
const STALE_S = 0.25; // no report for so long: who knows whether sound goes on
const OVER = new Set(["idle", "ended", "failed"]);

/**
 * Emits "change" whenever something that it shows may have changed, "segment" when another track
 * begins to sound (detail: the kernel's message), "next" and "previous" when these are asked for.
 */
export class Engine extends Listener {
  constructor(options) {
    super(options);
    this.loop = new Loop(this);
    this.sleep = new SleepTimer(this);
    this.addEventListener("change", () => this.loop.follow());
    this.addEventListener("announced", ({ detail }) =>
      this.loop.announced(detail, this.epoch, this.relay.last),
    );
  }

  // --- what there is ----------------------------------------------------------------------------

  get entry() {
    return this.track?.entry ?? null;
  }

  get totalFrames() {
    return this.segment?.total_frames ?? this.track?.total_frames ?? 0;
  }

  get lanes() {
    return this.segment?.lanes ?? [];
  }

  /** @returns {number | null} how much louder the enhanced lane is made than the original, in dB */
  get matchedDb() {
    const gain = (name) => this.lanes.find((lane) => lane.name === name)?.gain_db;
    return this.lanes.length === 2 ? gain("enhanced") - gain("original") : null;
  }

  /** @returns {{a: number, b: number} | null} */
  get looped() {
    return this.loop.range;
  }

  /** @returns {number | null} seconds until sound fades out */
  get sleepLeft() {
    return this.sleep.left;
  }

  /** @returns {number} the frame that leaves the device now, for what is animated */
  get positionNow() {
    if (this.state !== "playing" || !this.segment) return this.position;
    const since = Math.min(STALE_S, (performance.now() - this.heardAt) / 1000);
    const ahead = since - this.relay.current.latency;
    return Math.max(0, this.position + ahead * this.rate * this.segment.rate_hz);
  }

  get meters() {
    return this.report?.meters ?? null;
  }

  get analyser() {
    return this.relay.current?.analyser ?? null;
  }

  get latencyMs() {
    const latest = this.ledger.latest;
    return latest && !latest.splices ? latest.latencyMs : null;
  }

  get health() {
    const { report, latest } = this.ledger;
    const rate = this.relay.current?.rate ?? 1;
    return {
      queued_s: (report?.queued ?? 0) / rate,
      underruns: report?.underruns ?? 0,
      credit: report?.consumed ?? 0,
      latencyMs: this.latencyMs,
      spliceMs: latest?.splices ? latest.latencyMs : null,
      bytes: this.bytes,
    };
  }

  // --- acts -------------------------------------------------------------------------------------

  /**
   * Take up a track; the one that sounds already goes on. Of one that was told late, as the sound
   * had come to it by itself, nothing is to be taken up when the sound is further by now.
   * @param {Track | null} track
   */
  load(track) {
    const entry = track ? (track.entry ?? `load-${track.load ?? track.id}`) : null;
    const passed = this.live && track?.sounding;
    if (passed && entry !== this.entry) return;
    if (!passed && (entry !== this.entry || track?.id !== this.track?.id || OVER.has(this.state))) {
      this.stop();
      this.leave();
      this.loop.set(null);
      this.startFrame = track?.position_frame ?? 0;
    }
    this.track = track && { ...track, entry };
    if (globalThis.navigator?.userActivation?.hasBeenActive) this.warm();
    this.changed();
  }

  /** Play from where we are; from the start when that is the end. */
  play() {
    if (!this.track) return;
    const over = this.state === "ended" || (this.totalFrames > 0 && this.position >= this.totalFrames);
    if (this.state === "blocked") this.relay.current?.resume();
    else if (this.state === "paused" && this.asked) this.goOn();
    else if (!this.sounding) this.begin(over ? 0 : this.position);
  }

  pause() {
    if (!this.sounding) return;
    this.relay.hold();
    this.become("paused");
  }

  toggle() {
    if (this.sounding && this.state !== "blocked") this.pause();
    else this.play();
  }

  /** @param {number} frame of the track; clamped by the kernel at its end */
  seek(frame) {
    if (!this.track) return;
    const target = Math.max(0, Math.round(frame));
    if (this.sounding) this.begin(target);
    else {
      const { totalFrames } = this;
      const paused = this.state === "paused";
      this.stop();
      this.startFrame = totalFrames > 0 ? Math.min(target, totalFrames) : target;
      if (paused) this.become("paused");
      else this.changed();
    }
  }

  /** Silence, and back to the start. */
  stop() {
    this.release();
    this.relay.dropWaiting();
    this.relay.current?.post({ type: "stop" });
    this.restSoon();
    const had = this.state !== "idle";
    this.leave();
    if (had) this.become("stopped");
  }

  /** Take up the present sound, and what follows now, where we are and without a break. */
  renew() {
    const wanted = this.wanted();
    const both = this.asked?.compare && this.lanes.length === 2 && !this.ledger.pending;
    if (both && differInLane(wanted, this.asked)) {
      this.asked = wanted;
      this.setLane(wanted.enhanced ? "enhanced" : "original");
    } else if (this.sounding) this.splice();
    else if (this.state === "paused") {
      const here = this.position;
      this.stop();
      this.startFrame = here;
      this.become("paused");
    }
  }

  /** @param {boolean} compare have the original and the enhanced track at once */
  setCompare(compare) {
    if (compare === this.compare) return;
    this.compare = compare;
    this.lane = this.sound().enhanced ? "enhanced" : "original";
    this.tellLane();
    this.renew();
    this.changed();
  }

  /** @param {"original" | "enhanced"} name to be heard where both are there */
  setLane(name) {
    this.lane = name;
    this.tellLane();
    this.changed();
  }

  next() {
    this.dispatchEvent(new Event("next"));
  }

  /** The track before; first, the start of this one. */
  previous() {
    if (this.position > BACK_TO_START_S * (this.track?.rate_hz ?? 1)) this.seek(0);
    else this.dispatchEvent(new Event("previous"));
  }

  /** @param {number} volume 0 to 1; the gain is its square */
  setVolume(volume) {
    this.volume = volume;
    this.relay.each((graph) => graph.setGain(volume * volume));
  }

  /** @param {number} share of the volume that is heard, until it is set again */
  dim(share) {
    const gain = (this.volume * share) ** 2;
    this.relay.each((graph) => graph.setGain(gain));
  }

  /** @param {number} rate how fast to play, 0.5 to 2; the pitch stays */
  setRate(rate) {
    this.rate = Math.min(FASTEST, Math.max(SLOWEST, rate));
    this.relay.each((graph) => graph.post({ type: "speed", speed: this.rate }));
    this.changed();
  }

  /**
   * Go round between two frames of the track that sounds; `null` goes on.
   * @param {number | null} a
   * @param {number} b
   */
  setLoop(a, b = 0) {
    this.loop.set(a, b);
    this.changed();
  }

  /** @param {number | null} minutes after which sound fades out and is paused */
  setSleep(minutes) {
    this.sleep.set(minutes);
    this.changed();
  }

  /** The kernel is out of reach: what is here sounds to its end. @param {string} notice why */
  lose(notice) {
    this.notice = notice;
    if (this.sounding && this.state !== "playing") this.cutOff();
    this.changed();
  }

  /** The kernel is back: go on where sound ran out. */
  regain() {
    const { cut } = this;
    this.notice = "";
    this.cut = false;
    if (cut && this.state === "paused") this.play();
    this.changed();
  }

  /** Make ready what the first sound will need; on the way to a click. */
  warm() {
    if (!this.track || this.relay.current) return;
    if (this.prepare(this.track)) this.restSoon();
  }

  /** The page or the widget goes away. */
  close() {
    this.sleep.set(null);
    this.stop();
    this.relay.close();
  }
}

/** Whether two sounds differ, and only in the lane to be heard. */
function differInLane(one, other) {
  const others = Object.keys(one).filter((key) => key !== "enhanced");
  return one.enhanced !== other.enhanced && others.every((key) => one[key] === other[key]);
}
