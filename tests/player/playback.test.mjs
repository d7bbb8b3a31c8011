/** The audio thread's queue and its ramps, run by `node --test`. */

import assert from "node:assert/strict";
import test from "node:test";

import { EpochQueue } from "../../auralis_lab/player/static/queue.js";
import { LaneSwitch } from "../../auralis_lab/player/static/splice.js";
import {
  block,
  Ear,
  flat,
  generator,
  largestStep,
  QUANTUM,
  RATE,
  slowHash,
  value,
} from "./sound.mjs";

const lanes = new LaneSwitch(RATE);
const PLAIN = { segment: 0, startFrame: 0, channels: 2, lanes: ["enhanced"], gains: [1] };

function queueOf(told = {}) {
  const queue = new EpochQueue(1);
  queue.declare({ ...PLAIN, ...told });
  return queue;
}

function outputs(channels = 2, frames = QUANTUM) {
  return Array.from({ length: channels }, () => new Float32Array(frames));
}

test("frames leave the queue in order, whatever the blocks and the reads", () => {
  const queue = queueOf();
  let first = 0;
  for (const frames of [1, 500, 3, 127, 128, 129, 64]) {
    queue.push(block(first, frames), frames);
    first += frames;
  }
  assert.equal(queue.available, first);
  let at = 0;
  for (const count of [5, 0, 300, 1, 128, 1000]) {
    const out = outputs(2, 1000);
    const done = queue.read(out, 0, count, lanes);
    for (let i = 0; i < done; i += 1) {
      for (const c of [0, 1]) assert.equal(out[c][i], value(at + i, c));
    }
    at += done;
    assert.equal(queue.consumed, at);
    assert.equal(queue.hash, slowHash(0, at));
  }
  assert.equal(at, first);
  assert.equal(queue.available, 0);
});

test("a read that runs dry says how far it came, and the next block goes on from there", () => {
  const queue = queueOf();
  queue.push(block(0, 100), 100);
  assert.equal(queue.read(outputs(), 0, 128, lanes), 100);
  assert.equal(queue.read(outputs(), 0, 128, lanes), 0);
  queue.push(block(100, 50), 50);
  const out = outputs();
  assert.equal(queue.read(out, 10, 20, lanes), 20);
  assert.equal(out[0][9], 0);
  assert.equal(out[1][10], value(100, 1));
});

test("a block of the wrong size is refused", () => {
  assert.throws(() => queueOf().push(new ArrayBuffer(12), 2), RangeError);
});

test("used blocks are let go", () => {
  const queue = queueOf();
  for (let i = 0; i < 1000; i += 1) {
    queue.push(block(0, 64), 64);
    queue.read(outputs(), 0, 64, lanes);
  }
  assert.ok(queue.blocks.length <= 2);
});

test("a whole track sounds from its first to its last sample, untouched", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, block(0, 2000));
  ear.push(1, block(2000, 1001));
  ear.playback.finish(1);
  const { heard, states } = ear.run(30);
  assert.ok(heard.slice(0, 3001).every((sample, i) => sample === value(i)));
  assert.ok(heard.slice(3001).every((sample) => sample === 0));
  assert.equal(states.at(-1), "ended");
  const { consumed, runFrame, runFrames, hash, final, underrunFrames } = ear.last;
  assert.deepEqual(
    { consumed, runFrame, runFrames, hash, final, underrunFrames },
    {
      consumed: 3001,
      runFrame: 0,
      runFrames: 3001,
      hash: slowHash(0, 3001),
      final: true,
      underrunFrames: 0,
    },
  );
});

test("an epoch that begins at the end of the track ends at once", () => {
  const ear = new Ear();
  ear.open(1, 5000);
  ear.playback.finish(1);
  assert.equal(ear.run(1).states.at(-1), "ended");
  assert.equal(ear.last.consumed, 0);
});

test("a start inside the track fades in, and is counted and hashed in full", () => {
  const ear = new Ear();
  ear.open(1, 4000);
  ear.push(1, flat(4000));
  const { heard } = ear.run(10);
  assert.ok(heard[0] < 0.05);
  assert.ok(largestStep(heard) < 0.02);
  assert.equal(heard[200], 0.5);
  assert.equal(ear.playback.deck.now.runFrames, 10 * QUANTUM);
});

test("pausing fades out and resuming fades in, without losing or repeating a frame", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, block(0, 4000));
  ear.playback.finish(1);
  ear.run(3);
  ear.playback.hold(true);
  assert.equal(ear.run(3).states.at(-1), "paused");
  const at = ear.playback.deck.now.consumed;
  ear.run(50);
  assert.equal(ear.playback.deck.now.consumed, at);
  assert.equal(ear.playback.underrunFrames, 0);
  ear.playback.hold(false);
  assert.equal(ear.run(40).states.at(-1), "ended");
  assert.equal(ear.last.hash, slowHash(0, 4000));
});

test("pause and resume do not click", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, flat(8000));
  for (const held of [false, true, false, true, false]) {
    ear.playback.hold(held);
    ear.run(5);
  }
  assert.ok(largestStep(ear.heard[1].slice(1)) < 0.02);
});

test("running dry fades out, is counted, and goes on only with enough to last", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, flat(1000));
  const { heard, states } = ear.run(12);
  assert.equal(states.at(-1), "starved");
  assert.ok(largestStep(heard.slice(1)) < 0.02);
  assert.equal(ear.playback.deck.now.consumed, 1000);
  assert.equal(ear.playback.underruns, 1);
  assert.equal(ear.playback.underrunFrames, 12 * QUANTUM - 1000);
  ear.push(1, flat(1000));
  ear.run(4);
  assert.equal(ear.playback.deck.now.consumed, 1000);
  ear.push(1, flat(4000));
  assert.equal(ear.run(2).states[0], "playing");
  assert.equal(ear.playback.underruns, 1);
  assert.equal(ear.playback.underrunFrames, 16 * QUANTUM - 1000);
});

test("waiting for the first block of an epoch is not an underrun", () => {
  const ear = new Ear();
  ear.open(1);
  ear.run(20);
  assert.equal(ear.playback.state, "waiting");
  assert.equal(ear.playback.underrunFrames, 0);
});

test("a short rest begins to sound although it is less than a refill", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, flat(1000));
  ear.run(12);
  ear.push(1, flat(50));
  ear.playback.finish(1);
  assert.equal(ear.run(2).states.at(-1), "ended");
  assert.equal(ear.last.consumed, 1050);
});

test("a seek fades the old sound out and counts only the new", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, flat(4000));
  const before = ear.run(5).heard;
  ear.open(2, 9000);
  ear.push(1, flat(100, -1)); // late, and of the epoch before
  ear.push(2, block(9000, 2000));
  ear.playback.finish(2);
  const after = ear.run(1).heard;
  assert.ok(largestStep([...before.slice(1), ...after]) < 0.6);
  assert.ok(after.slice(0, 40).every((sample, i) => i === 0 || sample <= after[i - 1]));
  ear.run(20);
  assert.equal(ear.last.position, 11000);
  assert.equal(ear.last.consumed, 2000);
  assert.equal(ear.last.hash, slowHash(9000, 2000));
});

test("stop fades out and reports nothing more", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, flat(4000));
  const before = ear.run(5).heard;
  ear.playback.stop();
  const { heard, states } = ear.run(20);
  assert.ok(largestStep([...before.slice(1), ...heard]) < 0.02);
  assert.equal(heard.at(-1), 0);
  assert.deepEqual(states, []);
});

test("a report comes fifteen times a second and at each change", () => {
  const ear = new Ear();
  ear.open(1);
  ear.push(1, flat(9000));
  const { states } = ear.run(60);
  assert.ok(Math.abs(states.length - (60 * QUANTUM * 15) / RATE) <= 2);
});

test("any number of channels is played as it is", () => {
  for (const channels of [1, 6]) {
    const ear = new Ear(channels);
    ear.open(1);
    ear.push(1, block(0, 500, channels));
    ear.playback.finish(1);
    ear.run(5);
    ear.heard.forEach((samples, c) => assert.equal(samples[499], value(499, c)));
    assert.equal(ear.last.hash, slowHash(0, 500, channels));
  }
});

test("chance schedules lose nothing, repeat nothing and step nowhere", () => {
  const random = generator();
  for (let round = 0; round < 30; round += 1) {
    const ear = new Ear();
    const total = 1 + random(6000);
    let pushed = 0;
    ear.open(1, 1);
    for (let step = 0; step < 4000 && ear.playback.state !== "ended"; step += 1) {
      const what = random(6);
      if (what === 0) ear.playback.hold(random(3) === 0);
      if (what < 2 && pushed < total) {
        const frames = Math.min(total - pushed, 1 + random(900));
        ear.push(1, flat(frames));
        pushed += frames;
      }
      if (pushed === total) ear.playback.finish(1);
      ear.run(1);
    }
    ear.playback.hold(false);
    ear.run(60);
    assert.equal(ear.playback.state, "ended");
    assert.equal(ear.last.consumed, total);
    const heard = ear.heard[0];
    const body = heard.slice(0, heard.findLastIndex((sample) => sample !== 0) + 1);
    assert.ok(largestStep(body) < 0.02, `round ${round}`);
  }
});

test("how blocks and quanta are cut changes neither the sound nor the proof", () => {
  const random = generator(7);
  const plan = [
    { frames: 900, lanes: ["original", "enhanced"], gains: [1, 0.5], overlap: 0 },
    { frames: 1, lanes: ["enhanced"], gains: [1], overlap: 0 },
    { frames: 1500, lanes: ["enhanced"], gains: [0.7], overlap: 300 },
    { frames: 0, lanes: ["original"], gains: [1], overlap: 0 },
    { frames: 700, lanes: ["original"], gains: [1], overlap: 0 },
  ];
  let wanted = null;
  for (let round = 0; round < 12; round += 1) {
    const ear = new Ear();
    ear.playback.open(1);
    plan.forEach(({ frames, ...told }, segment) => {
      ear.declare(1, segment, 1000 * segment, told);
      const rows = 2 * told.lanes.length;
      for (let at = 0; at < frames; ) {
        const n = Math.min(frames - at, 1 + random(round === 0 ? 1e6 : 400));
        ear.push(1, block(1000 * segment + at, n, rows, segment), rows);
        at += n;
      }
    });
    ear.playback.finish(1);
    const quantum = round === 0 ? QUANTUM : 1 + random(500);
    ear.run(Math.ceil(3200 / quantum), quantum);
    const finals = ear.reports.filter((report) => report.final);
    const found = {
      heard: ear.heard.map((samples) => samples.slice(0, 3101)),
      finals: finals.map((report) => [
        report.segment,
        report.position,
        report.consumed,
        report.runFrame,
        report.runFrames,
        report.hash,
      ]),
    };
    wanted ??= found;
    assert.deepEqual(found, wanted);
  }
  assert.deepEqual(wanted.finals, [
    [0, 900, 900, 0, 900, slowHash(0, 900, 4, 0)],
    [1, 1001, 901, 1000, 1, slowHash(1000, 1, 2, 1)],
    [2, 3500, 2401, 2300, 1200, slowHash(2300, 1200, 2, 2)],
    [3, 3000, 2401, 3000, 0, slowHash(0, 0)],
    [4, 4700, 3101, 4000, 700, slowHash(4000, 700, 2, 4)],
  ]);
  assert.equal(wanted.heard[0][100], Math.fround(0.5 * value(100, 2, 0)));
  assert.equal(wanted.heard[0][1500], Math.fround(0.7 * value(2599, 0, 2)));
});

test("a change of gain between segments is a glide, along the overlap where there is one", () => {
  for (const overlap of [0, 400]) {
    const ear = new Ear();
    ear.open(1, 0, { gains: [1] });
    ear.push(1, flat(1000));
    ear.declare(1, 1, 0, { gains: [0.5], overlap });
    ear.push(1, flat(1000));
    ear.playback.finish(1);
    const { heard } = ear.run(15);
    assert.equal(heard[999], 0.5);
    assert.ok(largestStep(heard.slice(1, 2000)) < 0.004);
    const over = 1000 + Math.max(overlap, 0.01 * RATE);
    assert.ok(heard[over - 2] > 0.25);
    assert.equal(heard[over], 0.25);
  }
});
