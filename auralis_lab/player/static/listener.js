/**
 * The dialogue with the kernel and with the audio thread: epochs are asked for, blocks passed on,
 * and what was consumed is reported.
 */

import { declarationOf, Ledger, newName } from "./ledger.js";
import { Output } from "./output.js";

const SPLICE_LEAD_S = 0.08; // a splice is asked for from so far ahead: less comes too late

/**
 * @typedef {{entry: string, id: number, rate_hz: number, channels: number, total_frames: number,
 *   position_frame: ?number}} Track
 * @typedef {{enhanced: boolean, preset: string, intensity: number, crossfade_s: ?number,
 *   levelling: ?string}} Sound
 */

export class Listener extends Output {
  /**
   * @param {object} options
   * @param {(message: object) => void} options.send hands a message to the kernel
   * @param {string} options.worklet text of the audio worklet's module
   * @param {() => Sound} options.sound the sound that is wanted now
   */
  constructor({ send, worklet, sound }) {
    super(worklet, sound);
    this.send = send;
    this.client = newName();
    this.ledger = new Ledger(this.client);
    this.notice = ""; // why the kernel is out of reach; shown before all else
    this.cut = false; // sound ran out for that
    this.bytes = 0; // received, ever
    /** @type {Track | null} */
    this.track = null;
    this.leave();
  }

  /** Forget what was played; nothing sounds. */
  leave() {
    this.ledger.forget();
    this.state = "idle";
    this.message = "";
    this.startFrame = 0;
    this.asked = null; // the latest request, while the kernel serves it
    this.failure = ""; // what is to be shown once all that came has sounded
    this.outdated = false; // a better plan waits until playing goes on
    this.live = false; // the audio thread plays
    this.heardAt = 0; // when the latest report came
    this.finished = ""; // the entry that was heard to its end last, and its frames
  }

  get epoch() {
    return this.ledger.number;
  }

  get report() {
    return this.ledger.report;
  }

  /** @returns {object | null} what the kernel announced of the track that sounds */
  get segment() {
    return this.ledger.segment;
  }

  /** @returns {number} the frame that sounds, or would */
  get position() {
    return this.segment ? this.report.position : this.startFrame;
  }

  // --- epochs -----------------------------------------------------------------------------------

  wanted() {
    const { enhanced, preset, intensity, crossfade_s = 0, levelling = "off" } = this.sound();
    return { enhanced, preset, intensity, compare: this.compare, crossfade_s, levelling };
  }

  /** Open the next epoch at `frame`; what sounds ends at once. */
  begin(frame) {
    if (this.notice) return this.cutOff(frame);
    if (!this.prepare(this.track)) return;
    this.leave();
    this.startFrame = frame;
    const epoch = this.ledger.open();
    this.relay.current.resume();
    this.relay.current.post({ type: "open", epoch, offset: 0 });
    this.ask(frame);
    this.become("opening");
    this.watch(epoch);
  }

  /**
   * Open the next epoch, and cross over to it when it is there.
   * @param {{from: number, to: number} | null} jump the frames to join; by default it goes on
   */
  splice(jump = null) {
    const { report, segment } = this;
    if (segment === null) {
      this.begin(this.position);
      return;
    }
    const lead = Math.round(SPLICE_LEAD_S * this.rate * segment.rate_hz);
    const epoch = this.ledger.open({ splices: true, timed: jump === null });
    const anchor = { epoch: report.epoch, segment: report.segment, frame: jump?.from ?? null };
    this.relay.dropWaiting();
    this.relay.current.post({ type: "splice", epoch, anchor });
    this.ask(jump?.to ?? Math.min(report.position + lead, segment.total_frames ?? Infinity));
  }

  ask(frame) {
    this.asked = this.wanted();
    this.outdated = false;
    this.live = true;
    this.finished = "";
    this.keepLane();
    this.send({
      type: "play",
      epoch: this.epoch,
      client: this.client,
      entry: this.track.entry,
      track_id: this.track.id,
      start_frame: frame,
      ...this.asked,
    });
  }

  goOn() {
    this.relay.current.post({ type: "hold", held: false });
    this.relay.each((graph) => graph.resume());
    this.become("playing");
    this.watch(this.epoch);
    if (this.outdated) this.splice();
  }

  // --- the kernel's messages --------------------------------------------------------------------

  /**
   * Act upon a message of the kernel.
   * @param {object} message
   * @param {DataView[]} buffers
   */
  receive(message, buffers) {
    const { client, epoch } = message;
    if (!this.asked || client !== this.client || epoch !== this.epoch) return;
    if (message.type === "block") this.take(message, buffers[0]);
    else if (message.type === "segment") this.announced(message);
    else if (message.type === "better") this.improve();
    else if (message.type === "ended") this.over(message);
    else if (message.type === "refused") {
      this.asked = null;
      this.fail(message.message);
    }
  }

  announced(message) {
    const { epoch, ledger, relay } = this;
    const first = ledger.latest.segments.length === 0;
    if (!relay.last.fits(message)) {
      if (!first) {
        const { frames } = ledger.latest;
        if (!this.attempt(() => relay.extend(message, epoch, frames))) return;
      } else if (this.prepare(message)) {
        // The kernel knows better what it sends; nothing can be joined to it.
        relay.current.resume();
        relay.current.post({ type: "open", epoch, offset: 0 });
        if (this.state === "paused") relay.current.post({ type: "hold", held: true });
      } else return;
    }
    ledger.announce(message);
    if (first && !ledger.pending) this.startFrame = message.start_frame;
    relay.last.post(declarationOf(message));
    this.dispatchEvent(new CustomEvent("announced", { detail: message }));
    this.changed();
  }

  take(header, view) {
    if (!this.ledger.receive(header)) {
      this.again();
      return;
    }
    this.bytes += view.byteLength;
    const { buffer, byteOffset, byteLength } = view;
    const samples = buffer.slice(byteOffset, byteOffset + byteLength);
    const { epoch, frames } = header;
    this.relay.last.post({ type: "block", epoch, frames, buffer: samples }, [samples]);
  }

  /** Something was lost on the way: ask for it again from what was heard. */
  again() {
    if (this.sounding) this.splice();
    else this.release();
  }

  /** Take up a better plan, at once or when playing goes on. */
  improve() {
    if (this.sounding) this.splice();
    else this.outdated = true;
  }

  over(message) {
    if (message.reason === "completed") {
      if (!this.ledger.completed(message)) this.again();
      else this.relay.last.post({ type: "finish", epoch: this.epoch });
      return;
    }
    this.asked = null;
    if (message.reason === "failed") {
      this.breakOff(`${message.message} (reference ${message.reference})`);
    } else if (this.sounding || this.state === "paused") {
      this.quiet();
      this.become("paused", message.message ?? "");
    }
  }

  /** Nothing more comes: let sound what is here, such as the end of the track before. */
  breakOff(message) {
    if (this.segment && !this.ledger.pending && this.report.queued > 0) {
      this.failure = message;
      this.relay.last.post({ type: "finish", epoch: this.epoch });
      this.become(this.state, message);
    } else this.fail(message);
  }

  // --- the audio thread's reports ---------------------------------------------------------------

  heard(report, graph) {
    const { ledger, relay } = this;
    if (!this.live) return;
    if (graph !== relay.current) {
      relay.keep(report, graph);
      return;
    }
    const before = this.segment;
    if (!ledger.heard(report)) return;
    this.heardAt = performance.now();
    if (this.segment !== before) this.follow(this.segment);
    if (report.final) this.finished = [this.entry, report.runFrame, report.runFrames, report.hash].join(" ");
    const passing = report.state === "ended" && relay.waiting;
    const state = passing ? "playing" : report.state;
    const message = ledger.message(state);
    if (message) this.send(message);
    const flows = report.state === "playing" && this.state === "playing" && !report.looping;
    if (relay.waiting && flows) relay.reckon(report, this.rate);
    this.adopt(state);
    if (passing) {
      for (const each of relay.pass(this.state === "paused")) this.heard(each, relay.current);
    }
  }

  /** Another track sounds, or the same one in another epoch. */
  follow(segment) {
    if (segment === null) return;
    const { entry, track_id: id, rate_hz, channels, total_frames } = segment;
    if (entry === this.track.entry && id === this.track.id) return;
    this.track = { entry, id, rate_hz, channels, total_frames };
    this.dispatchEvent(new CustomEvent("segment", { detail: segment }));
  }

  /** Let our state follow the audio thread's. */
  adopt(state) {
    const over = state === "ended" && !this.ledger.pending;
    if (over || state === "paused") this.restSoon();
    if (over) this.become(this.failure ? "failed" : "ended", this.failure);
    else if (this.sounding && state === "playing") this.become("playing", this.failure);
    else if (this.sounding && state === "starved" && this.notice) this.cutOff();
    else if (this.sounding && state === "starved") this.become("buffering");
    else this.changed(true);
  }

  // --- endings ----------------------------------------------------------------------------------

  /** Tell the kernel that nothing more is wanted. */
  release() {
    if (this.asked) this.send({ type: "stop", epoch: this.epoch, client: this.client });
    this.asked = null;
  }

  /** Stop sounding where we are. */
  quiet() {
    const here = this.position;
    this.release();
    this.relay.dropWaiting();
    this.relay.current?.post({ type: "stop" });
    this.ledger.forget();
    this.live = false;
    this.startFrame = here;
    this.restSoon();
  }

  /** The kernel is out of reach and what came from it is over. */
  cutOff(frame = this.position) {
    this.quiet();
    this.startFrame = frame;
    this.cut = true;
    this.become("paused");
  }

  fail(message) {
    this.quiet();
    this.become("failed", message);
  }
}
