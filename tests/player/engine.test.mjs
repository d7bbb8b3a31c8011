/** The listener's logic, before an audio thread and a kernel that are played by the test. */

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

/** @type {FakeContext[]} */
let contexts = [];
let allowed = true;

class FakeContext {
  constructor({ sampleRate }) {
    this.sampleRate = sampleRate;
    this.state = "suspended";
    this.currentTime = 0;
    this.destination = {};
    this.audioWorklet = { addModule: async () => {} };
    contexts.push(this);
  }

  async resume() {
    if (allowed) this.become("running");
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
});

const { Engine } = await import("../../auralis_lab/player/static/engine.js");

const TRACK = { id: 7, rate_hz: 44100, channels: 2, total_frames: 441000 };
const tick = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => {
  contexts = [];
  allowed = true;
});

function listen(track = TRACK) {
  const sent = [];
  const sound = { enhanced: true, preset: "warm", intensity: 0.5 };
  const engine = new Engine({
    send: (message) => sent.push(message),
    worklet: "",
    sound: () => sound,
  });
  engine.load(track);
  const answer = (message, frames) => {
    const head = { epoch: engine.epoch, client: engine.client, ...message };
    engine.receive(head, frames ? [new DataView(new ArrayBuffer(frames * 8 + 4), 4)] : []);
  };
  const started = (changes = {}) =>
    answer({
      type: "started",
      track_id: 7,
      start_frame: engine.startFrame,
      total_frames: 441000,
      rate_hz: 44100,
      channels: 2,
      ...changes,
    });
  const block = (seq, frames = 100) =>
    answer({ type: "block", seq, track_id: 7, first_frame: 0, frames, channels: 2 }, frames);
  const report = (consumed, state = "playing", changes = {}) =>
    engine.heard({
      epoch: engine.epoch,
      state,
      startFrame: engine.startFrame,
      consumed,
      queued: 10,
      hash: 5,
      underruns: 0,
      underrunFrames: 0,
      ...changes,
    });
  const posted = (type) => contexts.at(-1).node.posted.filter((message) => message.type === type);
  const asked = (type) => sent.filter((message) => message.type === type);
  return { engine, sent, sound, answer, started, block, report, posted, asked };
}

test("playing asks the kernel once, at the track's own rate", async () => {
  const { engine, sent, started, block, report, posted } = listen();
  engine.play();
  assert.deepEqual(sent, [
    {
      type: "play",
      epoch: 1,
      client: engine.client,
      track_id: 7,
      start_frame: 0,
      enhanced: true,
      preset: "warm",
      intensity: 0.5,
    },
  ]);
  assert.equal(contexts[0].sampleRate, 44100);
  assert.equal(engine.state, "opening");
  started();
  block(0);
  await tick();
  assert.deepEqual(
    contexts[0].node.posted.map((message) => message.type),
    ["open", "block"],
  );
  assert.equal(posted("block")[0].buffer.byteLength, 800);
  report(50);
  assert.equal(engine.state, "playing");
  assert.equal(engine.position, 50);
  assert.ok(engine.latencyMs > 0);
});

test("a report goes to the kernel whole, and only when something changed", () => {
  const { engine, asked, started, report } = listen();
  engine.play();
  started();
  report(50);
  report(50);
  report(90);
  assert.deepEqual(
    asked("report").map((message) => message.consumed_frames),
    [50, 90],
  );
  const { latency_ms: latency, ...rest } = asked("report")[0];
  assert.ok(latency > 0);
  assert.deepEqual(rest, {
    type: "report",
    epoch: 1,
    client: engine.client,
    state: "playing",
    start_frame: 0,
    consumed_frames: 50,
    queued_frames: 10,
    underruns: 0,
    underrun_frames: 0,
    pcm_hash: 5,
  });
});

test("what is meant for others or for an earlier epoch is dropped", async () => {
  const { engine, answer, started, report, posted } = listen();
  engine.play();
  started();
  engine.seek(1000);
  answer({ type: "block", epoch: 1, seq: 0, frames: 10, channels: 2 }, 10);
  answer({ type: "block", client: "somebody-else", seq: 0, frames: 10, channels: 2 }, 10);
  answer({ type: "ended", client: "somebody-else", reason: "failed", position_frame: 0 });
  report(77, "playing", { epoch: 1 });
  await tick();
  assert.equal(posted("block").length, 0);
  assert.equal(engine.state, "opening");
  assert.equal(engine.position, 1000);
});

test("a lost block is asked for again from what was heard", () => {
  const { engine, asked, started, block, report } = listen();
  engine.play();
  started();
  block(0);
  report(60);
  block(2);
  assert.equal(engine.epoch, 2);
  assert.equal(asked("play")[1].start_frame, 60);
});

test("a lost last block is noticed at the end", () => {
  const { engine, asked, answer, started, block, report } = listen();
  engine.play();
  started();
  block(0, 100);
  report(40);
  answer({ type: "ended", reason: "completed", position_frame: 200 });
  assert.equal(engine.epoch, 2);
  assert.equal(asked("play")[1].start_frame, 40);
});

test("the end is reached when the last sample was heard, and play begins again", async () => {
  const { engine, asked, answer, started, block, report, posted } = listen();
  engine.play();
  started();
  block(0, 100);
  report(40);
  answer({ type: "ended", reason: "completed", position_frame: 100 });
  assert.equal(engine.state, "playing");
  await tick();
  assert.deepEqual(posted("finish"), [{ type: "finish", epoch: 1, frames: 100 }]);
  report(100, "ended");
  assert.equal(engine.state, "ended");
  engine.play();
  assert.equal(asked("play")[1].start_frame, 0);
});

test("pause and play go on in the same epoch", async () => {
  const { engine, asked, started, report, posted } = listen();
  engine.play();
  started();
  report(40);
  engine.pause();
  report(45, "paused");
  assert.equal(engine.state, "paused");
  await tick(350);
  assert.equal(contexts[0].state, "suspended");
  engine.play();
  assert.equal(asked("play").length, 1);
  assert.deepEqual(
    posted("hold").map((message) => message.held),
    [true, false],
  );
});

test("a choice made while playing takes effect where we are", () => {
  const { engine, sound, asked, started, report } = listen();
  engine.play();
  started();
  report(500);
  sound.preset = "bright";
  engine.renew();
  assert.equal(asked("play")[1].preset, "bright");
  assert.equal(asked("play")[1].start_frame, 500);
});

test("a choice made while paused takes effect when playing goes on", () => {
  const { engine, sound, asked, started, report } = listen();
  engine.play();
  started();
  report(500);
  engine.pause();
  sound.enhanced = false;
  engine.renew();
  assert.equal(asked("play").length, 1);
  assert.equal(asked("stop").length, 1);
  assert.equal(engine.state, "paused");
  engine.play();
  assert.equal(asked("play")[1].enhanced, false);
  assert.equal(asked("play")[1].start_frame, 500);
});

test("a seek while silent only moves", () => {
  const { engine, asked } = listen();
  engine.seek(5000);
  engine.seek(10 ** 9);
  assert.equal(engine.position, 441000);
  engine.seek(-4);
  assert.equal(engine.position, 0);
  assert.equal(asked("play").length, 0);
});

test("a stream the kernel let go is opened again where it was", () => {
  const { engine, asked, answer, started, report } = listen();
  engine.play();
  started();
  report(300);
  engine.pause();
  answer({ type: "ended", reason: "stopped", position_frame: 300, message: "let go" });
  assert.equal(engine.state, "paused");
  assert.equal(engine.message, "let go");
  engine.play();
  assert.equal(asked("play")[1].start_frame, 300);
});

test("a failure shows its message and reference and keeps the position", () => {
  const { engine, answer, started, report } = listen();
  engine.play();
  started();
  report(300);
  answer({
    type: "ended",
    reason: "failed",
    position_frame: 300,
    message: "cannot decode this track",
    reference: "ab12",
  });
  assert.equal(engine.state, "failed");
  assert.equal(engine.message, "cannot decode this track (reference ab12)");
  assert.equal(engine.position, 300);
});

test("a refusal shows why", () => {
  const { engine, answer } = listen();
  engine.play();
  answer({ type: "refused", reason: "limit", message: "10 streams are playing" });
  assert.equal(engine.state, "failed");
  assert.equal(engine.message, "10 streams are playing");
});

test("a browser that waits for a gesture is named, and the next click lets sound out", async () => {
  const { engine, started } = listen();
  allowed = false;
  engine.play();
  started();
  await tick(600);
  assert.equal(engine.state, "blocked");
  allowed = true;
  engine.toggle();
  await tick();
  assert.equal(engine.state, "opening");
  assert.equal(engine.epoch, 1);
});

test("a page that is not secure is told so", () => {
  const { engine, sent } = listen();
  globalThis.AudioContext = class extends FakeContext {
    constructor(options) {
      super(options);
      this.audioWorklet = undefined;
    }
  };
  engine.play();
  globalThis.AudioContext = FakeContext;
  assert.equal(engine.state, "failed");
  assert.match(engine.message, /https/);
  assert.equal(sent.length, 0);
});

test("another track stops the one before, and another format gets another context", async () => {
  const { engine, asked, started, report } = listen();
  engine.play();
  started();
  report(40);
  engine.load({ id: 8, rate_hz: 48000, channels: 1, total_frames: 48000 });
  assert.equal(engine.state, "idle");
  assert.deepEqual(asked("stop"), [{ type: "stop", epoch: 1, client: engine.client }]);
  engine.play();
  await tick();
  assert.equal(contexts.length, 2);
  assert.equal(contexts[0].state, "closed");
  assert.equal(contexts[1].sampleRate, 48000);
  assert.equal(contexts[1].node.channels, 1);
});

test("a stream that turns out to have another format gets a fitting context", async () => {
  const { engine, started, block, posted } = listen();
  engine.play();
  started({ rate_hz: 22050, channels: 2 });
  block(0);
  await tick();
  assert.equal(contexts.at(-1).sampleRate, 22050);
  assert.equal(posted("open").length, 1);
  assert.equal(posted("block").length, 1);
});

test("a start that the kernel moved is passed on to the audio thread", async () => {
  const { engine, answer, started, posted } = listen();
  engine.play();
  engine.seek(10 ** 7);
  started({ start_frame: 441000 });
  answer({ type: "ended", reason: "completed", position_frame: 441000 });
  await tick();
  assert.equal(posted("open").at(-1).startFrame, 441000);
  assert.equal(posted("finish").at(-1).frames, 0);
});

test("the gain is the square of the volume", () => {
  const { engine } = listen();
  engine.setVolume(0.5);
  engine.play();
  assert.equal(engine.graph.volume.value, 0.25);
  engine.setVolume(0.1);
  assert.ok(Math.abs(engine.graph.volume.value - 0.01) < 1e-12);
});

test("a report that was under way when playing stopped moves nothing", () => {
  const { engine, asked, started, report } = listen();
  engine.play();
  started();
  report(40);
  engine.stop();
  report(90);
  assert.equal(engine.position, 0);
  assert.equal(asked("report").length, 1);
});

test("the device rests only after the audio thread has paused", async () => {
  const { engine, started, report } = listen();
  engine.play();
  started();
  report(40);
  engine.pause();
  await tick(350);
  assert.equal(contexts[0].state, "running");
  report(45, "paused");
  await tick(350);
  assert.equal(contexts[0].state, "suspended");
});

test("what the kernel had sent when playing stopped does not begin it again", async () => {
  const { engine, asked, answer, started, block, report } = listen();
  engine.play();
  started();
  block(0);
  report(40);
  engine.stop();
  block(1);
  started();
  answer({ type: "ended", reason: "completed", position_frame: 200 });
  answer({ type: "ended", reason: "stopped", position_frame: 40 });
  await tick();
  assert.equal(engine.state, "stopped");
  assert.equal(asked("play").length, 1);
});
