/** A page without a browser, a kernel and an audio thread that are played by the test. */

import { mock } from "node:test";

/** What stands for the browser's audio. */
export const page = { contexts: [], allowed: true };

class FakeContext {
  constructor({ sampleRate }) {
    this.sampleRate = sampleRate;
    this.state = "suspended";
    this.currentTime = 0;
    this.destination = {};
    this.audioWorklet = { addModule: async () => {} };
    page.contexts.push(this);
  }

  async resume() {
    if (page.allowed) this.become("running");
  }

  async suspend() {
    this.become("suspended");
  }

  async close() {
    this.become("closed");
  }

  become(state) {
    this.state = state;
    this.onstatechange?.();
  }
}

class FakeNode {
  constructor(context, _name, { outputChannelCount } = {}) {
    context.node = this;
    this.channels = outputChannelCount?.[0];
    this.posted = [];
    this.port = { postMessage: (message) => this.posted.push(message) };
  }

  connect() {}
}

class FakeGain {
  constructor() {
    this.gain = { setTargetAtTime: (value) => (this.value = value) };
  }

  connect() {}
}

Object.assign(globalThis, {
  AudioContext: FakeContext,
  AudioWorkletNode: FakeNode,
  GainNode: FakeGain,
  AnalyserNode: class {},
});

export { FakeContext };

const { Engine } = await import("../../auralis_lab/player/static/engine.js");

export const TRACK = { entry: "e1", id: 7, rate_hz: 44100, channels: 2, total_frames: 441000 };

/** Begin a test: timers stand still but for `tick`. */
export function fresh() {
  page.contexts = [];
  page.allowed = true;
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
}

const STEP_MS = 50; // timers that are set by timers come due, too

/** Let promises come true, and then so much time pass. */
export async function tick(ms = 0) {
  await new Promise((resolve) => setImmediate(resolve));
  for (let left = ms; left > 0; left -= STEP_MS) mock.timers.tick(Math.min(left, STEP_MS));
  await new Promise((resolve) => setImmediate(resolve));
}

export class Kernel {
  /** An engine with its track loaded, and everything that it sends. */
  constructor(track = TRACK) {
    this.sent = [];
    this.sound = { enhanced: true, preset: "warm", intensity: 0.5 };
    this.engine = new Engine({
      send: (message) => this.sent.push(message),
      worklet: "",
      sound: () => this.sound,
    });
    this.engine.load(track);
    this.seq = 0;
    this.number = 0;
  }

  asked(type) {
    return this.sent.filter((message) => message.type === type);
  }

  get lastPlay() {
    return this.asked("play").at(-1);
  }

  /** Send a message of the epoch that was asked for last. */
  answer(message, frames = 0, rows = 2) {
    const head = { epoch: this.engine.epoch, client: this.engine.client, ...message };
    const view = new DataView(new ArrayBuffer(frames * rows * 4 + 4), 4);
    this.engine.receive(head, frames ? [view] : []);
  }

  /** Announce a segment: by default the first, of the track and the frame that were asked for. */
  segment(changes = {}) {
    const { entry, track_id, start_frame, enhanced, compare } = this.lastPlay;
    const names = compare ? ["original", "enhanced"] : [enhanced ? "enhanced" : "original"];
    this.number = changes.segment ?? 0;
    if (this.number === 0) this.seq = 0;
    this.answer({
      type: "segment",
      segment: 0,
      entry,
      track_id,
      start_frame,
      total_frames: 441000,
      channels: 2,
      rate_hz: 44100,
      lanes: names.map((name) => ({ name, gain_db: 0, loudness_lufs: -14 })),
      overlap_frames: 0,
      fade: "",
      provisional: false,
      ...changes,
    });
  }

  block(frames = 100, changes = {}) {
    const head = { type: "block", segment: this.number, seq: this.seq, first_frame: 0, frames };
    this.answer({ ...head, channels: 2, lanes: 1, rate_hz: 44100, ...changes }, frames);
    this.seq += 1;
  }

  /** Report as the audio thread of the sounding graph: so many frames of the segment are gone. */
  report(consumed, changes = {}) {
    const { epoch, relay } = this.engine;
    this.engine.heard(
      {
        epoch,
        state: "playing",
        segment: 0,
        position: this.lastPlay.start_frame + consumed,
        consumed,
        queued: 10,
        underruns: 0,
        underrunFrames: 0,
        runFrame: this.lastPlay.start_frame,
        runFrames: consumed,
        hash: 5,
        lane: "enhanced",
        final: false,
        nextEpoch: 0,
        ...changes,
      },
      relay.current,
    );
  }

  /** Play until so many frames have sounded. */
  playing(consumed = 40) {
    this.engine.play();
    this.segment();
    this.block();
    this.report(consumed);
    return this;
  }

  /** Messages that the audio thread got, of the last graph or of a given one. */
  posted(type, context = page.contexts.at(-1)) {
    return context.node.posted.filter((message) => message.type === type);
  }
}
