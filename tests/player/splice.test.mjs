/** Splices and lanes: the sound goes over from one epoch or lane to another on the same frame. */

import assert from "node:assert/strict";
import test from "node:test";

import { block, Ear, flat, generator, largestStep, QUANTUM, RATE, slowHash, value } from "./sound.mjs";

const FADE = 0.02 * RATE;
const LANE_FADE = 0.01 * RATE;

/** Follow the output frame by frame: what it is of which track, and where it is neither. */
function frameOf(heard, first, track, at) {
  return heard[at] === value(first + at, 0, track);
}

/** An ear on which epoch 1 plays track 1 from `start` on, with `frames` frames. */
function playing(start, frames, quanta) {
  const ear = new Ear();
  ear.open(1, start);
  ear.push(1, block(start, frames, 2, 1));
  ear.run(quanta);
  return ear;
}

test("a splice at any frame is the old sound before its fade and the new sound after it", () => {
  const random = generator(3);
  for (let round = 0; round < 30; round += 1) {
    const quantum = 1 + random(300);
    const ear = new Ear();
    ear.open(1, 0);
    ear.push(1, block(0, 12000, 2, 1));
    ear.run(1 + random(10), quantum);
    ear.playback.splice(2, { epoch: 1, segment: 0 });
    const asked = Math.max(0, ear.playback.deck.now.consumed + random(900) - 300);
    ear.declare(2, 0, asked);
    for (let at = 0; at < 8000; ) {
      const n = 1 + random(2500);
      ear.push(2, block(asked + at, n, 2, 2));
      at += n;
      if (at < 8000) ear.run(random(4), quantum);
    }
    ear.run(Math.ceil(5000 / quantum), quantum);
    const [heard] = ear.heard;
    const fade = heard.findIndex((_, at) => !frameOf(heard, 0, 1, at));
    for (let at = fade + FADE; at < Math.min(heard.length, asked + 7900); at += 1) {
      if (!frameOf(heard, 0, 2, at)) assert.fail(`round ${round}: frame ${at}`);
    }
    assert.ok(fade >= asked);
    const { epoch, consumed, runFrame, runFrames, hash } = ear.last;
    assert.equal(epoch, 2);
    assert.equal(consumed, runFrame + runFrames - asked);
    assert.ok(runFrame >= fade + FADE - 1 && runFrame <= fade + FADE + 1);
    assert.equal(hash, slowHash(runFrame, runFrames, 2, 2));
  }
});

test("a splice to the same sound leaves every sample as it is", () => {
  const ear = playing(0, 6000, 5);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 700);
  ear.push(2, block(700, 5000, 2, 1));
  ear.playback.finish(2);
  ear.run(50);
  const [heard] = ear.heard;
  assert.ok(heard.slice(0, 5700).every((_, at) => frameOf(heard, 0, 1, at)));
  assert.equal(ear.last.state, "ended");
  assert.equal(ear.last.consumed, 5000);
});

test("what comes too late is skipped and counted as gone, while the old sound goes on", () => {
  const ear = playing(0, 8000, 10);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 100);
  ear.push(2, block(100, 500, 2, 2));
  ear.run(5);
  assert.equal(ear.last.epoch, 1);
  assert.equal(ear.last.nextEpoch, 2);
  assert.equal(ear.last.nextConsumed, 500);
  assert.equal(ear.last.nextQueued, 0);
  ear.push(2, block(600, 4000, 2, 2));
  ear.run(2);
  assert.equal(ear.last.epoch, 2);
  assert.equal(ear.last.nextEpoch, 0);
  assert.equal(ear.last.position, 100 + ear.last.consumed);
});

test("a splice that begins ahead waits for its frame", () => {
  const ear = playing(0, 8000, 2);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 1000);
  ear.push(2, block(1000, 4000, 2, 2));
  ear.run(20);
  const [heard] = ear.heard;
  const fade = heard.findIndex((_, at) => !frameOf(heard, 0, 1, at));
  assert.ok(fade >= 1000 && fade < 1010);
});

test("a splice to another place of the track joins the two frames that were named", () => {
  const ear = playing(0, 4000, 2);
  ear.playback.splice(2, { epoch: 1, segment: 0, frame: 2000 });
  ear.declare(2, 0, 500);
  ear.push(2, block(500, 4000, 2, 1));
  ear.run(30);
  const [heard] = ear.heard;
  const fade = heard.findIndex((_, at) => !frameOf(heard, 0, 1, at));
  assert.ok(fade >= 2000 && fade < 2010);
  for (let at = fade + FADE; at < heard.length; at += 1) {
    assert.equal(heard[at], value(at - 1500, 0, 1));
  }
});

test("a splice into an epoch that ran dry goes on where it broke off", () => {
  const ear = playing(0, 1000, 20);
  assert.equal(ear.last.state, "starved");
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 900);
  ear.push(2, flat(3000));
  ear.run(10);
  assert.equal(ear.last.epoch, 2);
  assert.equal(ear.last.state, "playing");
  assert.equal(ear.last.runFrame, 1000);
  assert.equal(ear.last.underruns, 0);
});

test("a splice while paused takes effect in silence", () => {
  const ear = playing(0, 6000, 5);
  ear.playback.hold(true);
  ear.run(3);
  const { position } = ear.last;
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, position - 200);
  ear.push(2, flat(4000));
  const { heard } = ear.run(5);
  assert.ok(heard.every((sample) => sample === 0));
  assert.equal(ear.last.epoch, 2);
  assert.equal(ear.last.state, "paused");
  assert.equal(ear.last.position, position);
  ear.playback.hold(false);
  assert.ok(largestStep(ear.run(5).heard) < 0.02);
  assert.equal(ear.last.runFrame, position);
});

test("a splice asked for while the one before is under way is joined to the right frame", () => {
  const ear = playing(0, 9000, 5);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 600);
  ear.push(2, block(600, 6000, 2, 2));
  ear.run(3);
  ear.playback.splice(3, { epoch: 1, segment: 0 }); // the page has not heard of epoch 2 sounding
  ear.declare(3, 0, 700);
  ear.push(3, block(700, 6000, 2, 3));
  ear.run(20);
  const [heard] = ear.heard;
  const at = heard.length - 1;
  assert.equal(ear.last.epoch, 3);
  assert.ok(frameOf(heard, 0, 3, at));
});

test("a splice over the end of a track goes on in the new epoch's next track", () => {
  const ear = playing(0, 3000, 3);
  ear.declare(1, 1, 0);
  ear.push(1, block(0, 4000, 2, 5));
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.run(25); // epoch 1 is in its second track by now
  ear.declare(2, 0, 400);
  ear.push(2, block(400, 2600, 2, 2));
  ear.declare(2, 1, 0);
  ear.push(2, block(0, 4000, 2, 6));
  ear.run(5);
  assert.equal(ear.last.epoch, 2);
  assert.equal(ear.last.segment, 1);
  assert.equal(ear.heard[0].at(-1), value(ear.heard[0].length - 1 - 3000, 0, 6));
});

test("a splice to an epoch that is over by then fades out", () => {
  const ear = new Ear();
  ear.open(1, 0);
  ear.push(1, flat(6000));
  ear.run(5);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 100);
  ear.push(2, flat(200));
  ear.playback.finish(2);
  const { heard } = ear.run(3);
  assert.ok(largestStep(heard) < 0.03);
  assert.equal(ear.last.state, "ended");
});

test("the sound goes on when an epoch that is over gives way to another", () => {
  const ear = new Ear();
  ear.open(1, 0);
  ear.push(1, flat(6000));
  ear.run(5);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 100);
  ear.playback.finish(2);
  ear.run(1, 16);
  ear.playback.splice(3, { epoch: 1, segment: 0 });
  const { heard } = ear.run(10);
  assert.ok(largestStep(heard) < 0.03);
  assert.equal(heard.at(-1), 0.5);
  assert.equal(ear.last.epoch, 1);
});

test("a flush in the middle of a splice fades both out", () => {
  const ear = new Ear();
  ear.open(1, 0);
  ear.push(1, flat(6000, 0.5));
  ear.run(5);
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 640);
  ear.push(2, flat(4000, 0.4));
  ear.run(1);
  ear.open(3, 5000);
  ear.push(3, flat(4000, 0.5));
  ear.run(10);
  assert.ok(largestStep(ear.heard[0].slice(1)) < 0.03);
  assert.equal(ear.last.epoch, 3);
});

test("credit always adds up to what was pushed or is still queued", () => {
  const random = generator(11);
  for (let round = 0; round < 40; round += 1) {
    const ear = new Ear();
    ear.open(1, 1);
    const pushed = { 1: 0 };
    let epoch = 1;
    for (let step = 0; step < 200; step += 1) {
      const what = random(12);
      if (what === 0) ear.playback.hold(random(3) === 0);
      if (what === 1) {
        const { now } = ear.playback.deck;
        const start = Math.max(0, now.position + random(600) - 300);
        ear.playback.splice(epoch + 1, { epoch: now.epoch, segment: 0 });
        epoch += 1;
        pushed[epoch] = 0;
        ear.declare(epoch, 0, start);
      }
      if (what > 7) {
        const frames = 1 + random(900);
        ear.push(epoch, flat(frames));
        pushed[epoch] += frames;
      }
      ear.run(1, 1 + random(200));
      const { deck, upcoming } = ear.playback;
      for (const queue of [deck.now, upcoming.queue]) {
        if (queue) assert.equal(queue.consumed + queue.available, pushed[queue.epoch]);
      }
    }
    assert.ok(largestStep(ear.heard[0].slice(1)) < 0.03, `round ${round}`);
  }
});

test("lanes change over on the same sample, within ten milliseconds", () => {
  const ear = new Ear();
  ear.open(1, 0, { lanes: ["original", "enhanced"], gains: [1, 0.5] });
  ear.push(1, block(0, 6000, 4), 4);
  ear.playback.choose("original");
  ear.run(3);
  ear.playback.choose("enhanced");
  ear.run(3);
  const [heard] = ear.heard;
  const at = 3 * QUANTUM;
  for (let i = 0; i < at; i += 1) assert.equal(heard[i], value(i));
  for (let i = at + LANE_FADE; i < heard.length; i += 1) {
    assert.equal(heard[i], Math.fround(0.5 * value(i, 2)));
  }
  assert.equal(ear.playback.deck.now.hash, slowHash(0, 6 * QUANTUM, 4));
});

test("going back and forth between lanes steps nowhere, and the proof does not notice", () => {
  const random = generator(5);
  const ear = new Ear();
  ear.open(1, 0, { lanes: ["original", "enhanced"], gains: [1, 1] });
  const lane = new Float32Array(4 * 20000).fill(0.2);
  lane.fill(0.6, 2 * 20000);
  ear.push(1, lane.buffer, 4);
  for (let step = 0; step < 100; step += 1) {
    ear.playback.choose(random(2) ? "enhanced" : "original");
    ear.run(1, 1 + random(150));
  }
  assert.ok(largestStep(ear.heard[0].slice(1)) < 0.02);
  const { heard } = ear.run(3);
  const wanted = Math.fround(ear.playback.lanes.name === "enhanced" ? 0.6 : 0.2);
  assert.equal(heard.at(-1), wanted);
});

test("a splice from one lane to two goes on in the lane that was heard", () => {
  const ear = playing(0, 6000, 5);
  ear.playback.choose("original");
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, 600, { lanes: ["original", "enhanced"], gains: [1, 1] });
  ear.push(2, block(600, 5000, 4, 1), 4);
  ear.run(20);
  const [heard] = ear.heard;
  assert.ok(heard.every((_, at) => frameOf(heard, 0, 1, at)));
  assert.equal(ear.last.epoch, 2);
});

test("a loop goes round in the frames that are kept, at any length and however quanta are cut", () => {
  const random = generator(31);
  for (let round = 0; round < 15; round += 1) {
    const ear = new Ear();
    ear.open(1, 0);
    const pushed = 9000;
    const a = random(3000);
    const b = a + 2 * FADE + random(3000);
    ear.push(1, block(0, 1000, 2, 1));
    ear.playback.setLoop({ epoch: 1, segment: 0, a, b });
    for (let at = 1000; at < pushed; at += 1000) ear.push(1, block(at, 1000, 2, 1));
    const quantum = 1 + random(300);
    ear.run(Math.ceil(20000 / quantum), quantum);
    const [heard] = ear.heard;
    const trackFrame = (at) => (at < b ? at : a + ((at - b) % (b - a)));
    heard.forEach((sample, at) => {
      const fading = at >= b && (at - b) % (b - a) < FADE;
      if (fading || sample === value(trackFrame(at), 0, 1)) return;
      assert.fail(`round ${round}: frame ${at}`);
    });
    const { position, consumed, queued, runFrame, runFrames, hash, looping } = ear.last;
    assert.equal(looping, true);
    assert.equal(consumed, b);
    assert.equal(consumed + queued, pushed);
    assert.equal(runFrame, a + FADE);
    assert.equal(runFrames, Math.max(0, position - runFrame));
    assert.equal(hash, slowHash(runFrame, runFrames, 2, 1));
    ear.playback.setLoop({ epoch: 1, segment: 0, a: null, b: 0 });
    ear.playback.finish(1);
    ear.run(Math.ceil(9200 / quantum), quantum);
    assert.equal(ear.last.state, "ended");
    assert.equal(ear.last.consumed, pushed);
  }
});

test("a loop whose beginning is gone, or that is behind, is left to the page", () => {
  const ear = new Ear();
  ear.open(1, 0);
  for (let at = 0; at < 6000; at += 500) {
    ear.push(1, flat(500));
    ear.run(3);
  }
  ear.playback.setLoop({ epoch: 1, segment: 0, a: 10, b: 9000 });
  ear.run(5);
  assert.equal(ear.last.looping, false);
  ear.playback.setLoop({ epoch: 1, segment: 0, a: ear.last.position + 100, b: 9000 });
  ear.run(5);
  assert.equal(ear.last.looping, true);
});

test("a loop to the end of a track turns back before its last frames", () => {
  const ear = new Ear();
  ear.open(1, 0);
  ear.push(1, block(0, 4000, 2, 1));
  ear.playback.finish(1);
  ear.playback.setLoop({ epoch: 1, segment: 0, a: 3000, b: 4000 });
  ear.run(100);
  assert.equal(ear.last.state, "playing");
  assert.equal(ear.last.final, false);
  const back = 4000 - FADE; // where it turns; 1000 - FADE frames a round
  assert.equal(ear.heard[0][back - 1], value(back - 1, 0, 1));
  assert.equal(ear.heard[0][back + FADE], value(3000 + FADE, 0, 1));
  assert.equal(ear.heard[0][back + 1000 - FADE - 1], value(back - 1, 0, 1));
});

test("a change of sound within a loop is joined to its frame, and the way back is the page's again", () => {
  const ear = new Ear();
  ear.open(1, 0);
  ear.push(1, block(0, 6000, 2, 1));
  ear.playback.setLoop({ epoch: 1, segment: 0, a: 1000, b: 3000 });
  ear.run(30);
  const { position } = ear.last;
  ear.playback.splice(2, { epoch: 1, segment: 0 });
  ear.declare(2, 0, position + 100);
  ear.playback.setLoop({ epoch: 2, segment: 0, a: 1000, b: 3000 });
  ear.push(2, block(position + 100, 5000, 2, 2));
  ear.run(12);
  assert.equal(ear.last.epoch, 2);
  const { now } = ear.playback.deck;
  assert.equal(ear.heard[0].at(-1), value(now.position - 1, 0, 2));
  assert.equal(ear.last.looping, false);
});

test("chance messages in any order neither hang nor click, and keep every count", () => {
  const random = generator(77);
  for (let round = 0; round < 40; round += 1) {
    const ear = new Ear();
    const { playback } = ear;
    const ends = round % 4 === 3; // tracks that end do so abruptly
    let epoch = 1;
    let segment = 0;
    ear.open(1, 1);
    for (let step = 0; step < 150; step += 1) {
      const what = random(20);
      const { now } = playback.deck;
      if (what === 0) playback.hold(random(2) === 0);
      else if (what === 1) playback.choose(random(2) ? "original" : "enhanced");
      else if (what === 2) {
        epoch += 1;
        segment = 0;
        ear.open(epoch, 1 + random(5000));
      } else if (what === 3 || what === 4) {
        epoch += 1;
        const frame = random(3) ? null : now.position + random(2000);
        playback.splice(epoch, { epoch: now.epoch, segment: now.segment.segment, frame });
        segment = 0;
        ear.declare(epoch, 0, Math.max(1, now.position + random(800) - 400));
      } else if (what === 5) {
        segment += 1;
        ear.declare(epoch, segment, 1, { overlap: random(2) * 200 });
      } else if (what === 6) {
        const a = random(2) ? Math.max(1, now.position + random(3000) - 1500) : null;
        const part = now.segment.segment;
        playback.setLoop({ epoch: now.epoch, segment: part, a, b: a + 100 + random(2000) });
      } else if (what === 7 && ends) playback.finish(epoch);
      else if (what > 11) ear.push(epoch, flat(1 + random(1500)));
      ear.run(1 + random(3), 1 + random(300));
      const { consumed, available, pushed, gone } = playback.deck.now;
      assert.equal(consumed + available, pushed);
      assert.ok(gone >= consumed && gone <= pushed);
    }
    if (!ends) assert.ok(largestStep(ear.heard[0]) < 0.03, `round ${round}`);
  }
});
