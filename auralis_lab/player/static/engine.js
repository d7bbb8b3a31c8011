/**
 * The listener: owns the epoch, asks the kernel for sound, feeds the audio thread and reports what
 * it consumed. Knows nothing of widgets or of the page.
 *
 * State: idle, opening, playing, paused, buffering, blocked (the browser waits for a gesture),
 * stopped, ended, failed.
 */

import { AudioGraph } from "./graph.js";

const BLOCKED_AFTER_MS = 500;
const SLEEP_AFTER_MS = 300;
const SILENT_KERNEL_MS = 20000;
const SOUNDING = new Set(["opening", "playing", "buffering", "blocked"]);

/** @typedef {{id: number, rate_hz: number, channels: number, total_frames: number}} Track */
/** @typedef {{enhanced: boolean, preset: string, intensity: number}} Sound */

/** Emits "change" whenever `state`, `message`, `report` or `position` may have changed. */
export class Engine extends EventTarget {
  /**
   * @param {object} options
   * @param {(message: object) => void} options.send hands a message to the kernel
   * @param {string} options.worklet text of the audio worklet's module
   * @param {() => Sound} options.sound the sound that is wanted now
   */
  constructor({ send, worklet, sound }) {
    super();
    this.send = send;
    this.worklet = worklet;
    this.sound = sound;
    this.client = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join("");
    this.epoch = 0;
    this.volume = 1;
    this.bytes = 0; // received, ever
    /** @type {Track | null} */
    this.track = null;
    /** @type {AudioGraph | null} */
    this.graph = null;
    this.leave();
  }

  /** Forget what was played; nothing sounds. */
  leave() {
    this.state = "idle";
    this.message = "";
    this.report = null;
    this.latencyMs = null;
    this.startFrame = 0;
    this.open = false; // the kernel serves the epoch
    this.live = false; // the audio thread plays the epoch
    this.nextSeq = 0;
    this.framesReceived = 0;
    this.totalFrames = this.track?.total_frames ?? 0;
  }

  /** @returns {number} the frame that sounds, or would */
  get position() {
    return this.startFrame + (this.report?.consumed ?? 0);
  }

  get sounding() {
    return SOUNDING.has(this.state);
  }

  /** @param {Track | null} track */
  load(track) {
    this.stop();
    this.track = track;
    this.leave();
    this.changed();
  }

  /** Play from where we are; from the start when the end was reached. */
  play() {
    if (!this.track) return;
    if (this.state === "blocked") this.graph?.resume();
    else if (this.state === "paused" && this.open) this.goOn();
    else if (!this.sounding) this.begin(this.state === "ended" ? 0 : this.position);
  }

  pause() {
    if (!this.sounding) return;
    this.graph?.post({ type: "hold", held: true });
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
      this.stop();
      this.startFrame = this.totalFrames > 0 ? Math.min(target, this.totalFrames) : target;
      this.changed();
    }
  }

  /** Silence, and back to the start. */
  stop() {
    if (this.open) this.send({ type: "stop", epoch: this.epoch, client: this.client });
    this.graph?.post({ type: "stop" });
    this.sleepSoon();
    const had = this.state !== "idle";
    this.leave();
    if (had) this.become("stopped");
  }

  /** Take up a new sound (enhancement, preset, intensity) where we are. */
  renew() {
    if (this.sounding) this.begin(this.position);
    else if (this.state === "paused") {
      const here = this.position;
      this.stop();
      this.startFrame = here;
      this.become("paused");
    }
  }

  /** @param {number} volume 0 to 1; the gain is its square */
  setVolume(volume) {
    this.volume = volume;
    this.graph?.setGain(volume * volume);
  }

  /** Open the next epoch at `frame`. */
  begin(frame) {
    const { enhanced, preset, intensity } = this.sound();
    this.leave();
    this.epoch += 1;
    this.askedAt = performance.now();
    this.startFrame = frame;
    if (!this.prepare(this.track.rate_hz, this.track.channels)) return;
    this.graph.resume();
    this.graph.post({ type: "open", epoch: this.epoch, startFrame: frame });
    this.open = true;
    this.live = true;
    this.send({
      type: "play",
      epoch: this.epoch,
      client: this.client,
      track_id: this.track.id,
      start_frame: frame,
      enhanced,
      preset,
      intensity,
    });
    this.become("opening");
    this.watch(this.epoch);
  }

  goOn() {
    this.graph.post({ type: "hold", held: false });
    this.graph.resume();
    this.become("playing");
    this.watch(this.epoch);
  }

  /** Make ready what the first sound will need; on the way to a click. */
  warm() {
    if (!this.track || this.graph) return;
    if (this.prepare(this.track.rate_hz, this.track.channels)) this.sleepSoon();
  }

  /** Have a graph of this format; false, and a message, when there can be none. */
  prepare(rate, channels) {
    if (this.graph?.fits(rate, channels)) return true;
    this.graph?.close();
    this.graph = null;
    try {
      this.graph = new AudioGraph(rate, channels, this.worklet, {
        onReport: (report) => this.heard(report),
        onRunning: () => this.allowed(),
        onError: (error) => this.fail(`The audio thread did not start: ${error.message}`),
      });
      this.graph.setGain(this.volume * this.volume);
      return true;
    } catch (error) {
      this.fail(error.message);
      return false;
    }
  }

  /** Tell when the browser does not let sound out, or the kernel does not answer. */
  watch(epoch) {
    setTimeout(() => {
      if (epoch === this.epoch && this.sounding && !this.graph.running) this.become("blocked");
    }, BLOCKED_AFTER_MS);
    setTimeout(() => {
      if (epoch === this.epoch && this.state === "opening") {
        this.become("opening", "The kernel has not answered yet.");
      }
    }, SILENT_KERNEL_MS);
  }

  allowed() {
    if (this.state === "blocked") this.become("opening");
  }

  /** Let the audio device rest while nothing is to be heard. */
  sleepSoon() {
    const { graph, epoch } = this;
    setTimeout(() => {
      if (graph && graph === this.graph && epoch === this.epoch && !this.sounding) graph.suspend();
    }, SLEEP_AFTER_MS);
  }

  /**
   * Act upon a message of the kernel.
   * @param {object} message
   * @param {DataView[]} buffers
   */
  receive(message, buffers) {
    const { client, epoch } = message;
    if (!this.open || client !== this.client || epoch !== this.epoch) return;
    if (message.type === "block") this.take(message, buffers[0]);
    else if (message.type === "started") this.begun(message);
    else if (message.type === "ended") this.over(message);
    else if (message.type === "refused") {
      this.open = false;
      this.fail(message.message);
    }
  }

  begun(message) {
    this.startFrame = message.start_frame;
    if (message.total_frames !== null) this.totalFrames = message.total_frames;
    const asked = this.graph;
    if (!this.prepare(message.rate_hz, message.channels)) return;
    if (this.graph !== asked || this.startFrame !== this.graph.openedAt) {
      this.graph.post({ type: "open", epoch: this.epoch, startFrame: this.startFrame });
      if (this.state === "paused") this.graph.post({ type: "hold", held: true });
      else this.graph.resume();
    }
    this.changed();
  }

  take(header, view) {
    if (header.seq !== this.nextSeq) {
      // Something was lost on the way: ask again from what was heard.
      this.begin(this.position);
      return;
    }
    this.nextSeq += 1;
    this.framesReceived += header.frames;
    this.bytes += view.byteLength;
    const { buffer, byteOffset, byteLength } = view;
    const samples = buffer.slice(byteOffset, byteOffset + byteLength);
    const { epoch, channels, frames } = header;
    this.graph.post({ type: "block", epoch, channels, frames, buffer: samples }, [samples]);
  }

  over(message) {
    if (message.reason === "completed") {
      this.totalFrames = message.position_frame;
      const frames = message.position_frame - this.startFrame;
      if (frames !== this.framesReceived) {
        this.begin(this.position); // the last block was lost
        return;
      }
      this.graph.post({ type: "finish", epoch: this.epoch, frames });
      return;
    }
    this.open = false;
    if (message.reason === "failed") {
      this.fail(`${message.message} (reference ${message.reference})`);
    } else if (this.sounding || this.state === "paused") {
      const here = this.position;
      this.quiet();
      this.startFrame = here;
      this.become("paused", message.message ?? "");
    }
  }

  /** A report of the audio thread. */
  heard(report) {
    if (report.epoch !== this.epoch || !this.live) return;
    const before = this.report;
    if (before && before.consumed === report.consumed && before.state === report.state) return;
    if (this.latencyMs === null && report.consumed > 0) {
      this.latencyMs = performance.now() - this.askedAt;
    }
    this.report = report;
    this.send({
      type: "report",
      epoch: this.epoch,
      client: this.client,
      state: report.state,
      start_frame: report.startFrame,
      consumed_frames: report.consumed,
      queued_frames: report.queued,
      underruns: report.underruns,
      underrun_frames: report.underrunFrames,
      pcm_hash: report.hash,
      latency_ms: this.latencyMs,
    });
    this.follow(report.state);
  }

  /** Let our state follow the audio thread's. */
  follow(state) {
    if (state === "ended" || state === "paused") this.sleepSoon();
    if (state === "ended") this.become("ended");
    else if (this.sounding && state === "playing") this.become("playing");
    else if (this.sounding && state === "starved") this.become("buffering");
    else this.changed();
  }

  /** Stop sounding, without asking the kernel for anything. */
  quiet() {
    this.graph?.post({ type: "stop" });
    this.live = false;
    this.report = null;
    this.sleepSoon();
  }

  fail(message) {
    const here = this.position;
    this.quiet();
    this.startFrame = here;
    this.become("failed", message);
  }

  become(state, message = "") {
    this.state = state;
    this.message = message;
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  /** The page or the widget goes away. */
  close() {
    this.stop();
    this.graph?.close();
    this.graph = null;
  }
}
