/** Kernel, engine and audio threads together: what is heard, and what is told of it. */

import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

import { Journey } from "./journey.mjs";
import { fresh } from "./page.mjs";
import { generator, RATE, slowHash, value } from "./sound.mjs";

const FADE = 0.02 * RATE;

beforeEach(fresh);

/** Check every proof that was sent against the tracks. */
function prove(journey) {
  const proven = new Map();
  for (const message of journey.reports) {
    const play = journey.plays.find((each) => each.epoch === message.epoch);
    const id = play.track_id + message.segment;
    const { channels } = journey.tracks[id];
    const { run_frame: first, run_frames: frames } = message;
    const rows = channels * (play.compare ? 2 : 1);
    if (message.final || frames % 7 === 0) {
      assert.equal(message.pcm_hash, slowHash(first, frames, rows, id));
    }
    proven.set(id, Math.max(proven.get(id) ?? 0, frames));
  }
  return proven;
}

test("tracks of several formats follow each other without a lost frame, and with short gaps", async () => {
  const tracks = {
    1: { frames: 9000, rate_hz: RATE, channels: 2 },
    2: { frames: 5000, rate_hz: RATE, channels: 2 },
    3: { frames: 7000, rate_hz: RATE, channels: 1 },
    4: { frames: 300, rate_hz: RATE, channels: 2 },
    5: { frames: 4000, rate_hz: RATE, channels: 1 },
  };
  const journey = new Journey(tracks);
  journey.engine.play();
  await journey.until("ended");
  let at = journey.heard.findIndex((sample) => sample !== 0);
  for (const [id, { frames }] of Object.entries(tracks)) {
    const gap = journey.heard.slice(at).findIndex((sample) => sample !== 0);
    assert.ok(gap <= 0.04 * RATE * 1.2, `${gap} frames before track ${id}`);
    if (id === "2") assert.equal(gap, 0);
    at += gap;
    for (let i = 0; i < frames; i += 1) {
      if (journey.heard[at + i] !== value(i, 0, Number(id))) assert.fail(`track ${id}, frame ${i}`);
    }
    at += frames;
  }
  const finals = journey.reports.filter((message) => message.final);
  assert.deepEqual(
    finals.map((message) => [message.segment, message.run_frames, message.state]),
    [
      [0, 9000, "playing"],
      [1, 5000, "playing"],
      [2, 7000, "playing"],
      [3, 300, "playing"],
      [4, 4000, "ended"],
    ],
  );
  prove(journey);
  assert.equal(journey.plays.length, 1);
});

test("a loop sounds from its first to its last frame, again and again", async () => {
  const tracks = { 1: { frames: 200000, rate_hz: RATE, channels: 2 } };
  const journey = new Journey(tracks);
  journey.engine.play();
  const [a, b] = [2000, 7000];
  await journey.run(20);
  journey.engine.setLoop(a, b);
  await journey.run(250);
  const start = journey.heard.findIndex((sample) => sample !== 0);
  const frameAt = (at) => (at < b ? at : a + ((at - b) % (b - a)));
  let altered = 0;
  for (let at = 0; start + at < journey.heard.length; at += 1) {
    if (journey.heard[start + at] === value(frameAt(at), 0, 1)) continue;
    altered += 1;
    const within = (at - b) % (b - a);
    assert.ok(within >= 0 && within < FADE, `frame ${at}`);
  }
  const rounds = Math.floor((journey.heard.length - start - b) / (b - a)) + 1;
  assert.ok(rounds >= 4 && altered > 0 && altered <= rounds * FADE);
  prove(journey);
  // Once it has the range, the page needs the kernel no more.
  assert.ok(journey.plays.length <= 2);
  const credit = journey.reports.map((message) => message.consumed_frames);
  assert.ok(Math.max(...credit.slice(-20)) <= b + 128);
});

test("chance choices, seeks and pauses never break a proof, and never run dry", async () => {
  const random = generator(99);
  const tracks = {
    1: { frames: 30000, rate_hz: RATE, channels: 2 },
    2: { frames: 20000, rate_hz: RATE, channels: 2 },
    3: { frames: 20000, rate_hz: RATE, channels: 1 },
    4: { frames: 30000, rate_hz: RATE, channels: 2 },
  };
  for (let round = 0; round < 6; round += 1) {
    fresh();
    const journey = new Journey(tracks, {
      delay: () => random(12),
      blockFrames: () => 200 + random(1500),
    });
    const { engine } = journey;
    engine.play();
    for (let step = 0; step < 25; step += 1) {
      await journey.run(1 + random(25));
      const what = random(8);
      if (what === 0) engine.seek(random(20000));
      else if (what === 1) engine.toggle();
      else if (what === 2) engine.setCompare(!engine.compare);
      else if (what === 3) engine.setLane(random(2) ? "original" : "enhanced");
      else if (what === 6) engine.setLoop(random(3) ? random(15000) : null, random(20000));
      else if (what === 4) {
        journey.sound.preset = ["warm", "bright"][random(2)];
        engine.renew();
      } else if (what === 5) engine.improve();
      assert.ok(!["failed", "idle", "stopped", "ended"].includes(engine.state), engine.message);
    }
    if (!engine.sounding) engine.play();
    engine.setCompare(false);
    engine.setLoop(null);
    await journey.run(60);
    assert.equal(engine.state, "playing");
    prove(journey);
    assert.ok(journey.reports.every((message) => message.underruns === 0));
    const last = journey.reports.at(-1);
    assert.equal(last.epoch, journey.plays.at(-1).epoch);
    engine.close();
  }
});
