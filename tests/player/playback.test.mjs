/** The audio thread's queue and its ramps, run by `node --test`. */

import assert from "node:assert/strict";
import test from "node:test";

import { Playback } from "../../auralis_lab/player/static/playback.js";
import { HASH_SEED, PcmQueue } from "../../auralis_lab/player/static/queue.js";

const RATE = 8000;
const QUANTUM = 128;

/** Planar block in which every sample is different. */
function block(first, frames, channels = 2) {
  const samples = new Float32Array(channels * frames);
  for (let c = 0; c < channels; c += 1) {
    for (let i = 0; i < frames; i += 1) samples[c * frames + i] = value(first + i, c);
  }
  return samples.buffer;
}

const value = (frame, channel) => Math.fround(((frame * 7 + channel * 3 + 1) % 1999) / 4000 + 0.1);

/** The hash by its definition, in whole-number arithmetic. */
function slowHash(first, frames, channels = 2) {
  let h = BigInt(HASH_SEED);
  const mask = 0xffffffffn;
  const word = new DataView(new ArrayBuffer(4));
  for (let i = first; i < first + frames; i += 1) {
    for (let c = 0; c < channels; c += 1) {
      word.setFloat32(0, value(i, c));
      let k = (BigInt(word.getUint32(0)) * 0xcc9e2d51n) & mask;
      k = ((k << 15n) | (k >> 17n)) & mask;
      k = (k * 0x1b873593n) & mask;
      h = (h * 0x01000193n + k) & mask;
    }
  }
  return Number(h);
}

function outputs(channels = 2, frames = QUANTUM) {
  return Array.from({ length: channels }, () => new Float32Array(frames));
}

/** Run the playback and collect what it writes. */
function run(playback, quanta, channels = 2) {
  const heard = Array.from({ length: channels }, () => []);
  const states = [];
  for (let q = 0; q < quanta; q += 1) {
    const out = outputs(channels);
    if (playback.process(out)) states.push(playback.report.state);
    out.forEach((samples, c) => heard[c].push(...samples));
  }
  return { heard, states };
}

/** The largest jump from one sample to the next. */
function largestStep(samples) {
  let step = 0;
  for (let i = 1; i < samples.length; i += 1) {
    step = Math.max(step, Math.abs(samples[i] - samples[i - 1]));
  }
  return step;
}

function flat(frames, level = 0.5) {
  return new Float32Array(2 * frames).fill(level).buffer;
}

test("frames leave the queue in order, whatever the blocks and the reads", () => {
  const queue = new PcmQueue();
  const lengths = [1, 500, 3, 127, 128, 129, 64];
  let first = 0;
  for (const frames of lengths) {
    queue.push(block(first, frames), 2, frames);
    first += frames;
  }
  assert.equal(queue.available, first);
  let at = 0;
  for (const count of [5, 0, 300, 1, 128, 1000]) {
    const out = outputs(2, 1000);
    const done = queue.read(out, 0, count);
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
  const queue = new PcmQueue();
  queue.push(block(0, 100), 2, 100);
  assert.equal(queue.read(outputs(), 0, 128), 100);
  assert.equal(queue.read(outputs(), 0, 128), 0);
  queue.push(block(100, 50), 2, 50);
  const out = outputs();
  assert.equal(queue.read(out, 10, 20), 20);
  assert.equal(out[0][9], 0);
  assert.equal(out[1][10], value(100, 1));
});

test("a block of the wrong size is refused", () => {
  assert.throws(() => new PcmQueue().push(new ArrayBuffer(12), 2, 2), RangeError);
});

test("used blocks are let go", () => {
  const queue = new PcmQueue();
  for (let i = 0; i < 1000; i += 1) {
    queue.push(block(0, 64), 2, 64);
    queue.read(outputs(), 0, 64);
  }
  assert.ok(queue.blocks.length <= 2);
});

test("a whole track sounds from its first to its last sample, untouched", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, block(0, 2000), 2, 2000);
  playback.push(1, block(2000, 1001), 2, 1001);
  playback.finish(1, 3001);
  const { heard, states } = run(playback, 30);
  for (let i = 0; i < 3001; i += 1) assert.equal(heard[0][i], value(i, 0));
  assert.ok(heard[0].slice(3001).every((sample) => sample === 0));
  assert.equal(states.at(-1), "ended");
  assert.equal(playback.report.consumed, 3001);
  assert.equal(playback.report.hash, slowHash(0, 3001));
  assert.equal(playback.report.underrunFrames, 0);
});

test("an epoch that begins at the end of the track ends at once", () => {
  const playback = new Playback(RATE);
  playback.open(1, 5000);
  playback.finish(1, 0);
  assert.equal(run(playback, 1).states.at(-1), "ended");
  assert.equal(playback.report.consumed, 0);
});

test("a start inside the track fades in, and is counted and hashed in full", () => {
  const playback = new Playback(RATE);
  playback.open(1, 4000);
  playback.push(1, flat(4000), 2, 4000);
  const { heard } = run(playback, 10);
  assert.ok(heard[0][0] < 0.05);
  assert.ok(largestStep(heard[0]) < 0.02);
  assert.equal(heard[0][200], 0.5);
  assert.equal(playback.queue.consumed, 10 * QUANTUM);
});

test("pausing fades out and resuming fades in, without losing or repeating a frame", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, block(0, 4000), 2, 4000);
  playback.finish(1, 4000);
  run(playback, 3);
  playback.hold(true);
  assert.equal(run(playback, 3).states.at(-1), "paused");
  const at = playback.queue.consumed;
  run(playback, 50);
  assert.equal(playback.queue.consumed, at);
  assert.equal(playback.underrunFrames, 0);
  playback.hold(false);
  const { states } = run(playback, 40);
  assert.equal(states.at(-1), "ended");
  assert.equal(playback.report.hash, slowHash(0, 4000));
});

test("pause and resume do not click", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, flat(8000), 2, 8000);
  const all = [];
  for (const held of [false, true, false, true, false]) {
    playback.hold(held);
    all.push(...run(playback, 5).heard[1]);
  }
  assert.ok(largestStep(all.slice(1)) < 0.02);
});

test("running dry fades out, is counted, and goes on only with enough to last", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, flat(1000), 2, 1000);
  const { heard, states } = run(playback, 12);
  assert.equal(states.at(-1), "starved");
  assert.ok(largestStep(heard[0].slice(1)) < 0.02);
  assert.equal(playback.queue.consumed, 1000);
  assert.equal(playback.underruns, 1);
  assert.equal(playback.underrunFrames, 12 * QUANTUM - 1000);
  playback.push(1, flat(1000), 2, 1000);
  run(playback, 4);
  assert.equal(playback.queue.consumed, 1000);
  playback.push(1, flat(4000), 2, 4000);
  assert.equal(run(playback, 2).states[0], "playing");
  assert.equal(playback.underruns, 1);
  assert.equal(playback.underrunFrames, 16 * QUANTUM - 1000);
});

test("waiting for the first block of an epoch is not an underrun", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  run(playback, 20);
  assert.equal(playback.state, "waiting");
  assert.equal(playback.underrunFrames, 0);
});

test("a short rest begins to sound although it is less than a refill", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, flat(1000), 2, 1000);
  run(playback, 12);
  playback.push(1, flat(50), 2, 50);
  playback.finish(1, 1050);
  assert.equal(run(playback, 2).states.at(-1), "ended");
  assert.equal(playback.report.consumed, 1050);
});

test("a seek fades the old sound out and counts only the new", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, flat(4000), 2, 4000);
  const before = run(playback, 5).heard[0];
  playback.open(2, 9000);
  playback.push(1, flat(100, -1), 2, 100); // late, and of the epoch before
  playback.push(2, block(9000, 2000), 2, 2000);
  playback.finish(2, 2000);
  const after = run(playback, 1).heard[0];
  assert.ok(largestStep([...before.slice(1), ...after]) < 0.52);
  assert.ok(after.slice(0, 40).every((sample, i) => i === 0 || sample <= after[i - 1]));
  run(playback, 20);
  assert.equal(playback.report.startFrame, 9000);
  assert.equal(playback.report.consumed, 2000);
  assert.equal(playback.report.hash, slowHash(9000, 2000));
});

test("stop fades out and reports nothing more", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, flat(4000), 2, 4000);
  const before = run(playback, 5).heard[0];
  playback.stop();
  const { heard, states } = run(playback, 20);
  assert.ok(largestStep([...before.slice(1), ...heard[0]]) < 0.02);
  assert.equal(heard[0].at(-1), 0);
  assert.deepEqual(states, []);
});

test("a report comes ten times a second and at each change", () => {
  const playback = new Playback(RATE);
  playback.open(1, 0);
  playback.push(1, flat(8000), 2, 8000);
  const { states } = run(playback, 60);
  assert.ok(Math.abs(states.length - (60 * QUANTUM) / (RATE / 10)) <= 2);
});

test("any number of channels is played as it is", () => {
  for (const channels of [1, 6]) {
    const playback = new Playback(RATE);
    playback.open(1, 0);
    playback.push(1, block(0, 500, channels), channels, 500);
    playback.finish(1, 500);
    const { heard } = run(playback, 5, channels);
    heard.forEach((samples, c) => assert.equal(samples[499], value(499, c)));
    assert.equal(playback.report.hash, slowHash(0, 500, channels));
  }
});

test("chance schedules lose nothing, repeat nothing and step nowhere", () => {
  let seed = 440;
  const random = (n) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  for (let round = 0; round < 60; round += 1) {
    const playback = new Playback(RATE);
    const total = 1 + random(6000);
    let pushed = 0;
    const heard = [];
    playback.open(1, 1);
    for (let step = 0; step < 4000 && playback.state !== "ended"; step += 1) {
      const what = random(6);
      if (what === 0) playback.hold(random(3) === 0);
      if (what < 2 && pushed < total) {
        const frames = Math.min(total - pushed, 1 + random(900));
        playback.push(1, flat(frames), 2, frames);
        pushed += frames;
      }
      if (pushed === total) playback.finish(1, total);
      heard.push(...run(playback, 1).heard[0]);
    }
    playback.hold(false);
    heard.push(...run(playback, 60).heard[0]);
    assert.equal(playback.state, "ended");
    assert.equal(playback.queue.consumed, total);
    const body = heard.slice(0, heard.findLastIndex((sample) => sample !== 0) + 1);
    assert.ok(largestStep(body) < 0.02, `round ${round}`);
  }
});
