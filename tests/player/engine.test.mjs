/** The listener's logic, before an audio thread and a kernel that are played by the test. */

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { FakeContext, fresh, Kernel, page, tick, TRACK } from "./page.mjs";

beforeEach(fresh);

test("playing asks the kernel once, at the track's own rate", async () => {
  const kernel = new Kernel();
  const { engine, sent } = kernel;
  engine.play();
  assert.deepEqual(sent, [
    {
      type: "play",
      epoch: 1,
      client: engine.client,
      entry: "e1",
      track_id: 7,
      start_frame: 0,
      enhanced: true,
      preset: "warm",
      intensity: 0.5,
      compare: false,
      crossfade_s: 0,
      levelling: "off",
    },
  ]);
  assert.equal(page.contexts[0].sampleRate, 44100);
  assert.equal(engine.state, "opening");
  kernel.segment();
  kernel.block();
  await tick();
  assert.deepEqual(
    page.contexts[0].node.posted.map((message) => message.type),
    ["lane", "speed", "open", "lane", "segment", "block"],
  );
  assert.equal(kernel.posted("block")[0].buffer.byteLength, 800);
  kernel.report(50);
  assert.equal(engine.state, "playing");
  assert.equal(engine.position, 50);
  assert.ok(engine.latencyMs >= 0);
  assert.equal(engine.health.credit, 50);
});

test("a report goes to the kernel whole, and only when something changed", () => {
  const kernel = new Kernel();
  kernel.engine.play();
  kernel.segment();
  for (const consumed of [50, 50, 90]) kernel.report(consumed);
  assert.deepEqual(
    kernel.asked("report").map((message) => message.consumed_frames),
    [50, 90],
  );
  const { latency_ms: latency, ...rest } = kernel.asked("report")[0];
  assert.ok(latency >= 0);
  assert.deepEqual(rest, {
    type: "report",
    epoch: 1,
    client: kernel.engine.client,
    state: "playing",
    segment: 0,
    position_frame: 50,
    consumed_frames: 50,
    queued_frames: 10,
    underruns: 0,
    underrun_frames: 0,
    run_frame: 0,
    run_frames: 50,
    pcm_hash: 5,
    lane: "enhanced",
    final: false,
    splice_ms: null,
  });
});

test("what is meant for others or for an earlier epoch is dropped", async () => {
  const kernel = new Kernel();
  const { engine } = kernel;
  engine.play();
  kernel.segment();
  engine.seek(1000);
  kernel.block(10, { epoch: 1 });
  kernel.block(10, { client: "somebody-else" });
  kernel.answer({ type: "ended", client: "somebody-else", reason: "failed", position_frame: 0 });
  kernel.report(77, { epoch: 1 });
  await tick();
  assert.equal(kernel.posted("block").length, 0);
  assert.equal(engine.state, "opening");
  assert.equal(engine.position, 1000);
});

test("a lost block is asked for again from what was heard, without a break", async () => {
  const kernel = new Kernel().playing(60);
  kernel.block(100, { seq: 2 });
  assert.equal(kernel.engine.epoch, 2);
  assert.equal(kernel.lastPlay.start_frame, 60 + 0.08 * 44100);
  await tick();
  assert.equal(kernel.posted("splice").length, 1);
});

test("a lost last block is noticed at the end", () => {
  const kernel = new Kernel().playing(40);
  kernel.answer({ type: "ended", reason: "completed", segment: 0, position_frame: 200 });
  assert.equal(kernel.engine.epoch, 2);
});

test("the end is reached when the last sample was heard, and play begins again", async () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  kernel.answer({ type: "ended", reason: "completed", segment: 0, position_frame: 100 });
  assert.equal(engine.state, "playing");
  assert.equal(engine.totalFrames, 100);
  await tick();
  assert.deepEqual(kernel.posted("finish"), [{ type: "finish", epoch: 1 }]);
  kernel.report(100, { state: "ended", final: true });
  assert.equal(engine.state, "ended");
  assert.equal(kernel.asked("report").at(-1).final, true);
  engine.play();
  assert.equal(kernel.lastPlay.start_frame, 0);
});

test("pause and play go on in the same epoch", async () => {
  const kernel = new Kernel().playing(40);
  kernel.engine.pause();
  kernel.report(45, { state: "paused" });
  assert.equal(kernel.engine.state, "paused");
  await tick(350);
  assert.equal(page.contexts[0].state, "suspended");
  kernel.engine.play();
  assert.equal(kernel.asked("play").length, 1);
  assert.deepEqual(
    kernel.posted("hold").map((message) => message.held),
    [true, false],
  );
});

test("a choice made while playing is spliced in where we are", async () => {
  const kernel = new Kernel().playing(500);
  const { engine } = kernel;
  kernel.sound.preset = "bright";
  engine.renew();
  assert.equal(kernel.lastPlay.preset, "bright");
  assert.equal(engine.state, "playing");
  await tick();
  assert.deepEqual(kernel.posted("splice")[0].anchor, { epoch: 1, segment: 0, frame: null });
  kernel.segment();
  kernel.block(8000);
  const waiting = { nextEpoch: 2, nextConsumed: 30, nextQueued: 7970 };
  kernel.report(600, { epoch: 1, position: 600, ...waiting });
  assert.equal(engine.position, 600);
  const credit = kernel.asked("report").at(-1);
  assert.equal(credit.epoch, 2);
  assert.equal(credit.state, "playing");
  assert.equal(credit.position_frame, 600);
  assert.equal(credit.run_frame, 500 + 0.08 * 44100 + 30);
  assert.equal(credit.consumed_frames, 30);
  assert.equal(credit.run_frames, 0);
  kernel.report(700, { epoch: 2, position: 4728, runFrame: 5000, runFrames: 0 });
  assert.ok(engine.health.spliceMs >= 0);
  assert.equal(engine.latencyMs, null);
  assert.equal(engine.position, 4728);
  kernel.report(650, { epoch: 1, position: 650 });
  assert.equal(engine.position, 4728);
});

test("a choice made while paused takes effect when playing goes on", () => {
  const kernel = new Kernel().playing(500);
  const { engine } = kernel;
  engine.pause();
  kernel.sound.enhanced = false;
  engine.renew();
  assert.equal(kernel.asked("play").length, 1);
  assert.equal(kernel.asked("stop").length, 1);
  assert.equal(engine.state, "paused");
  engine.play();
  assert.equal(kernel.lastPlay.enhanced, false);
  assert.equal(kernel.lastPlay.start_frame, 500);
});

test("a better plan is taken up at once, or when playing goes on", () => {
  const kernel = new Kernel().playing(500);
  const { engine } = kernel;
  kernel.answer({ type: "better", segment: 0 });
  assert.equal(kernel.asked("play").length, 2);
  kernel.segment();
  kernel.report(10, { position: 4100 });
  engine.pause();
  kernel.answer({ type: "better", segment: 0 });
  assert.equal(kernel.asked("play").length, 2);
  engine.play();
  assert.equal(kernel.asked("play").length, 3);
});

test("comparing brings both lanes, and going between them asks nobody", async () => {
  const kernel = new Kernel().playing(500);
  const { engine } = kernel;
  engine.setCompare(true);
  assert.equal(kernel.lastPlay.compare, true);
  const lanes = [
    { name: "original", gain_db: -1.5, loudness_lufs: -14 },
    { name: "enhanced", gain_db: -4.5, loudness_lufs: -11 },
  ];
  kernel.segment({ lanes });
  kernel.report(10, { position: 4100 });
  assert.equal(engine.matchedDb, -3);
  await tick();
  assert.ok(Math.abs(kernel.posted("segment").at(-1).gains[0] - 10 ** (-1.5 / 20)) < 1e-12);
  for (const enhanced of [false, true]) {
    kernel.sound.enhanced = enhanced;
    engine.renew();
  }
  engine.setLane("original");
  assert.equal(engine.lane, "original");
  assert.equal(kernel.asked("play").length, 2);
  assert.deepEqual(
    kernel.posted("lane").slice(-3).map((message) => message.lane),
    ["original", "enhanced", "original"],
  );
  kernel.sound.preset = "bright";
  engine.renew();
  assert.equal(kernel.asked("play").length, 3);
});

test("the next track of a segment is followed, and seeking stays in it", () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  const told = [];
  engine.addEventListener("segment", ({ detail }) => told.push(detail.entry));
  const next = { segment: 1, entry: "e2", track_id: 8, start_frame: 0, total_frames: 999 };
  kernel.segment(next);
  kernel.block();
  kernel.report(100, { position: 100, final: true });
  kernel.report(150, { segment: 1, position: 50 });
  assert.deepEqual(told, ["e2"]);
  assert.equal(engine.entry, "e2");
  assert.equal(engine.position, 50);
  assert.equal(engine.totalFrames, 999);
  assert.deepEqual(
    kernel.asked("report").map((message) => [message.segment, message.final]),
    [
      [0, false],
      [0, true],
      [1, false],
    ],
  );
  engine.load({ ...TRACK, entry: "e2", id: 8, title: "The next one" });
  assert.equal(engine.state, "playing");
  assert.equal(engine.track.title, "The next one");
  engine.seek(300);
  assert.equal(kernel.lastPlay.entry, "e2");
  assert.equal(kernel.lastPlay.track_id, 8);
});

test("a track of another format waits in a graph of its own and takes over at the end", async () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  const next = { segment: 1, entry: "e2", track_id: 8, start_frame: 0, rate_hz: 48000 };
  kernel.segment({ ...next, channels: 1 });
  kernel.block(500);
  await tick();
  const [first, second] = page.contexts;
  assert.equal(second.sampleRate, 48000);
  assert.equal(second.state, "running");
  assert.deepEqual(kernel.posted("finish", first), [{ type: "finish", epoch: 1 }]);
  assert.deepEqual(kernel.posted("open", second), [{ type: "open", epoch: 1, offset: 100 }]);
  assert.deepEqual(kernel.posted("hold", second), [{ type: "hold", held: true }]);
  assert.equal(kernel.posted("block", second).length, 1);
  kernel.report(100, { state: "ended", final: true });
  await tick(200);
  assert.equal(engine.state, "playing");
  assert.equal(kernel.asked("report").at(-1).state, "playing");
  assert.equal(kernel.asked("report").at(-1).final, true);
  assert.equal(first.state, "closed");
  assert.equal(kernel.posted("hold", second).at(-1).held, false);
  kernel.report(130, { segment: 1, position: 30 });
  assert.equal(engine.entry, "e2");
  assert.equal(kernel.asked("report").at(-1).consumed_frames, 130);
});

test("the next graph is told its time ahead, waits while paused, and loses no report", async () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  const next = { segment: 1, entry: "e2", track_id: 8, start_frame: 0, rate_hz: 48000 };
  kernel.segment(next);
  kernel.block(500);
  await tick();
  const [first, second] = page.contexts;
  first.currentTime = 10.1;
  second.currentTime = 3;
  kernel.report(50, { queued: 44100, ahead: 0, time: 10 });
  assert.deepEqual(kernel.posted("start", second), []);
  kernel.report(90, { queued: 8820, ahead: 0, time: 10 });
  assert.ok(Math.abs(kernel.posted("start", second)[0].at - 3.118) < 1e-9);
  engine.pause();
  assert.equal(kernel.posted("hold", second).at(-1).held, true);
  engine.play();
  const early = { ...engine.report, segment: 1, position: 500, consumed: 600 };
  engine.heard({ ...early, state: "ended", final: true }, engine.relay.last);
  assert.equal(engine.position, 90);
  kernel.report(100, { state: "ended", final: true });
  assert.equal(engine.entry, "e2");
  assert.equal(engine.state, "ended");
  assert.equal(kernel.asked("report").at(-1).consumed_frames, 600);
});

test("a splice lets go of what waits in another graph", async () => {
  const kernel = new Kernel().playing(40);
  kernel.segment({ segment: 1, entry: "e2", track_id: 8, start_frame: 0, rate_hz: 48000 });
  kernel.engine.renew();
  await tick(200);
  assert.equal(page.contexts[1].state, "closed");
  assert.equal(kernel.posted("splice", page.contexts[0]).length, 1);
});

test("a seek while silent only moves", () => {
  const kernel = new Kernel();
  const { engine } = kernel;
  engine.seek(5000);
  engine.seek(10 ** 9);
  assert.equal(engine.position, 441000);
  engine.seek(-4);
  assert.equal(engine.position, 0);
  assert.equal(kernel.asked("play").length, 0);
});

test("play at the end begins at the start", () => {
  const kernel = new Kernel();
  kernel.engine.seek(10 ** 9);
  kernel.engine.play();
  assert.equal(kernel.lastPlay.start_frame, 0);
});

test("a track can be loaded at a place in it", () => {
  const kernel = new Kernel({ ...TRACK, position_frame: 1234 });
  assert.equal(kernel.engine.position, 1234);
  kernel.engine.play();
  assert.equal(kernel.lastPlay.start_frame, 1234);
});

test("a stream the kernel let go is opened again where it was", () => {
  const kernel = new Kernel().playing(300);
  const { engine } = kernel;
  engine.pause();
  const facts = { segment: 0, position_frame: 300, message: "let go" };
  kernel.answer({ type: "ended", reason: "stopped", ...facts });
  assert.equal(engine.state, "paused");
  assert.equal(engine.message, "let go");
  engine.play();
  assert.equal(kernel.lastPlay.start_frame, 300);
});

const BROKEN = { reason: "failed", message: "cannot decode", reference: "ab12" };

test("a failure shows its message and reference and keeps the position", () => {
  const kernel = new Kernel().playing(300);
  const { engine } = kernel;
  kernel.report(310, { queued: 0 });
  kernel.answer({ type: "ended", segment: 0, position_frame: 310, ...BROKEN });
  assert.equal(engine.state, "failed");
  assert.equal(engine.message, "cannot decode (reference ab12)");
  assert.equal(engine.position, 310);
});

test("a failure lets what is here sound to its end, and is told meanwhile", async () => {
  const kernel = new Kernel().playing(300);
  const { engine } = kernel;
  kernel.answer({ type: "ended", segment: 0, position_frame: 310, ...BROKEN });
  await tick();
  assert.equal(kernel.posted("finish").length, 1);
  kernel.report(305);
  assert.equal(engine.state, "playing");
  assert.match(engine.message, /cannot decode/);
  kernel.report(310, { state: "ended", final: true });
  assert.equal(engine.state, "failed");
  assert.match(engine.message, /cannot decode/);
  engine.play();
  assert.equal(engine.message, "");
  assert.equal(kernel.lastPlay.start_frame, 310);
});

test("a refusal shows why", () => {
  const kernel = new Kernel();
  kernel.engine.play();
  kernel.answer({ type: "refused", reason: "limit", message: "10 streams are playing" });
  assert.equal(kernel.engine.state, "failed");
  assert.equal(kernel.engine.message, "10 streams are playing");
});

test("a browser that waits for a gesture is named, and the next click lets sound out", async () => {
  const kernel = new Kernel();
  const { engine } = kernel;
  page.allowed = false;
  engine.play();
  kernel.segment();
  await tick(600);
  assert.equal(engine.state, "blocked");
  page.allowed = true;
  engine.toggle();
  await tick();
  assert.equal(engine.state, "opening");
  assert.equal(engine.epoch, 1);
});

test("a kernel that does not answer is named", async () => {
  const kernel = new Kernel();
  kernel.engine.play();
  await tick(20000);
  assert.match(kernel.engine.message, /not answered/);
});

test("a page that is not secure is told so", () => {
  const { engine, sent } = new Kernel();
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

test("an audio thread that breaks off is told, and the kernel is let go", async () => {
  const kernel = new Kernel().playing(40);
  await tick();
  page.contexts[0].node.onprocessorerror();
  assert.equal(kernel.engine.state, "failed");
  assert.match(kernel.engine.message, /audio thread/);
  assert.equal(kernel.asked("stop").length, 1);
  kernel.engine.play();
  assert.equal(page.contexts.length, 2);
});

test("another track stops the one before, and another format gets another context", async () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  engine.load({ entry: "e9", id: 8, rate_hz: 48000, channels: 1, total_frames: 48000 });
  assert.equal(engine.state, "idle");
  assert.deepEqual(kernel.asked("stop"), [{ type: "stop", epoch: 1, client: engine.client }]);
  engine.play();
  await tick(200);
  assert.equal(page.contexts.length, 2);
  assert.equal(page.contexts[0].state, "closed");
  assert.equal(page.contexts[1].sampleRate, 48000);
  assert.equal(page.contexts[1].node.channels, 1);
});

test("a stream that turns out to have another format gets a fitting context", async () => {
  const kernel = new Kernel();
  kernel.engine.play();
  kernel.segment({ rate_hz: 22050 });
  kernel.block();
  await tick();
  assert.equal(page.contexts.at(-1).sampleRate, 22050);
  assert.equal(kernel.posted("open").length, 1);
  assert.equal(kernel.posted("block").length, 1);
});

test("a start that the kernel moved is where we are", async () => {
  const kernel = new Kernel();
  kernel.engine.play();
  kernel.engine.seek(10 ** 7);
  kernel.segment({ start_frame: 441000 });
  kernel.answer({ type: "ended", reason: "completed", segment: 0, position_frame: 441000 });
  await tick();
  assert.equal(kernel.engine.position, 441000);
  assert.equal(kernel.posted("segment").at(-1).startFrame, 441000);
  assert.equal(kernel.posted("finish").length, 1);
});

test("the gain is the square of the volume", () => {
  const { engine } = new Kernel();
  engine.setVolume(0.5);
  engine.play();
  assert.equal(engine.relay.current.volume.value, 0.25);
  engine.setVolume(0.1);
  assert.ok(Math.abs(engine.relay.current.volume.value - 0.01) < 1e-12);
});

test("a report that was under way when playing stopped moves nothing", () => {
  const kernel = new Kernel().playing(40);
  kernel.engine.stop();
  kernel.report(90);
  assert.equal(kernel.engine.position, 0);
  assert.equal(kernel.asked("report").length, 1);
});

test("the device rests only after the audio thread has paused", async () => {
  const kernel = new Kernel().playing(40);
  await tick();
  kernel.engine.pause();
  await tick(350);
  assert.equal(page.contexts[0].state, "running");
  kernel.report(45, { state: "paused" });
  await tick(350);
  assert.equal(page.contexts[0].state, "suspended");
});

test("what the kernel had sent when playing stopped does not begin it again", async () => {
  const kernel = new Kernel().playing(40);
  kernel.engine.stop();
  kernel.block();
  kernel.segment();
  kernel.answer({ type: "ended", reason: "completed", segment: 0, position_frame: 200 });
  kernel.answer({ type: "ended", reason: "stopped", segment: 0, position_frame: 40 });
  await tick();
  assert.equal(kernel.engine.state, "stopped");
  assert.equal(kernel.asked("play").length, 1);
});

test("a track told late, as the sound had come to it by itself, stops nothing", () => {
  const kernel = new Kernel();
  const { engine } = kernel;
  engine.play();
  kernel.segment();
  kernel.report(50);
  const late = { ...TRACK, entry: "e0", id: 6, title: "The one before", sounding: true };
  engine.load(late);
  assert.equal(engine.state, "playing");
  assert.equal(engine.entry, "e1");
  engine.load({ ...TRACK, title: "By its name", sounding: true });
  assert.equal(engine.state, "playing");
  assert.equal(engine.track.title, "By its name");
  engine.load({ ...late, sounding: false });
  assert.notEqual(engine.state, "playing");
  assert.equal(engine.entry, "e0");
});

test("a track that was heard to its end stays so when it is told late", () => {
  const kernel = new Kernel();
  const { engine } = kernel;
  engine.play();
  kernel.segment();
  kernel.report(100, { state: "ended" });
  assert.equal(engine.state, "ended");
  engine.load({ ...TRACK, sounding: true });
  assert.equal(engine.state, "ended");
});

test("previous goes to the start first, and next and previous are told", () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  const told = [];
  for (const name of ["next", "previous"]) engine.addEventListener(name, () => told.push(name));
  engine.next();
  engine.previous();
  assert.deepEqual(told, ["next", "previous"]);
  kernel.report(200000);
  engine.previous();
  assert.deepEqual(told, ["next", "previous"]);
  assert.equal(kernel.lastPlay.start_frame, 0);
});

test("the rate is kept within half and twice, also for graphs to come", async () => {
  const kernel = new Kernel();
  const { engine } = kernel;
  engine.setRate(1.5);
  engine.play();
  await tick();
  assert.equal(kernel.posted("speed").at(-1).speed, 1.5);
  engine.setRate(7);
  assert.equal(engine.rate, 2);
});

test("a loop is closed ahead of its end, by a splice that joins its two frames", async () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  engine.setLoop(44100, 132300);
  kernel.report(50000);
  assert.equal(engine.epoch, 1);
  kernel.report(100000, { queued: 20000 });
  assert.equal(engine.epoch, 1);
  kernel.report(100000, { queued: 40000 });
  assert.equal(kernel.lastPlay.start_frame, 44100);
  await tick();
  assert.deepEqual(kernel.posted("splice")[0].anchor, { epoch: 1, segment: 0, frame: 132300 });
  kernel.segment();
  kernel.report(120000, { epoch: 1, position: 120000, nextEpoch: 2, nextConsumed: 0 });
  assert.equal(kernel.asked("play").length, 2);
  kernel.report(50, { position: 44150 });
  assert.equal(engine.health.spliceMs, null);
  engine.setLoop(null);
  kernel.report(200000, { position: 200000 });
  assert.equal(kernel.asked("play").length, 2);
});

test("a loop that lies behind is gone back to at once, and one given up is gone on from", () => {
  const kernel = new Kernel().playing(400000);
  const { engine } = kernel;
  engine.setLoop(1000, 30000);
  assert.equal(kernel.lastPlay.start_frame, 1000);
  assert.equal(engine.state, "opening");
  kernel.segment();
  for (const consumed of [10, 20]) kernel.report(consumed, { queued: 40000 });
  assert.equal(kernel.asked("play").length, 3);
  engine.setLoop(null);
  assert.equal(kernel.asked("play").length, 4);
  assert.ok(kernel.lastPlay.start_frame > 1010);
  engine.setLoop(5000, 5001);
  assert.equal(engine.looped.b, 5000 + 0.1 * 44100);
});

test("a loop belongs to its track", () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  engine.setLoop(1000, 30000);
  kernel.segment({ segment: 1, entry: "e2", track_id: 8, start_frame: 0 });
  kernel.report(35000, { segment: 1, position: 35000 });
  assert.equal(kernel.asked("play").length, 1);
  engine.load({ ...TRACK, entry: "e3" });
  assert.equal(engine.looped, null);
});

test("the sleep timer fades out, pauses, and gives the volume back", async () => {
  const kernel = new Kernel().playing(40);
  const { engine } = kernel;
  engine.setVolume(1);
  engine.setSleep(2);
  await tick(60000);
  assert.equal(Math.round(engine.sleepLeft), 60);
  assert.equal(engine.relay.current.volume.value, 1);
  await tick(65000);
  assert.ok(engine.relay.current.volume.value < 0.3);
  assert.equal(engine.state, "playing");
  await tick(6000);
  assert.equal(engine.state, "paused");
  assert.equal(engine.sleepLeft, null);
  assert.equal(engine.relay.current.volume.value, 1);
});

test("a sleep timer that is called off while it fades gives the volume back", async () => {
  const { engine } = new Kernel().playing(40);
  engine.setSleep(1);
  await tick(64000);
  engine.setSleep(null);
  assert.equal(engine.relay.current.volume.value, 1);
  await tick(60000);
  assert.equal(engine.state, "playing");
});

test("out of reach, what is here sounds to its end, and then the button is Play", () => {
  const kernel = new Kernel().playing();
  const { engine } = kernel;
  engine.lose("Nobody is there.");
  assert.equal(engine.state, "playing");
  assert.equal(engine.notice, "Nobody is there.");
  kernel.report(100, { state: "starved", queued: 0 });
  assert.equal(engine.state, "paused");
  assert.equal(engine.sounding, false);
  assert.equal(engine.position, 100);
  engine.play(); // nobody could answer
  engine.seek(2000);
  engine.play();
  assert.equal(engine.sounding, false);
  assert.equal(engine.position, 2000);
  assert.equal(kernel.asked("play").length, 1);
  engine.regain();
  assert.equal(engine.notice, "");
  assert.equal(kernel.asked("play").length, 2);
  assert.equal(kernel.lastPlay.start_frame, 2000);
});

test("a kernel that is back before sound ran out has missed nothing", () => {
  const kernel = new Kernel().playing();
  kernel.engine.lose("Nobody is there.");
  kernel.engine.regain();
  assert.equal(kernel.engine.state, "playing");
  assert.equal(kernel.asked("play").length, 1);
});
