/** Playing faster and slower without a change of pitch. */

import assert from "node:assert/strict";
import test from "node:test";

import { Stretch } from "../../auralis_lab/player/static/stretch.js";
import { generator, largestStep } from "./sound.mjs";

const RATE = 44100;

/** A stretch over an endless sound, and everything that it wrote. */
class Ear {
  constructor(sample, channels = 1) {
    this.fetched = 0;
    this.heard = [];
    this.channels = channels;
    this.stretch = new Stretch(RATE, channels, (outputs, frames) => {
      outputs.forEach((out, c) => {
        for (let i = 0; i < frames; i += 1) out[i] = sample(this.fetched + i, c);
      });
      this.fetched += frames;
    });
  }

  run(frames, quantum = () => 128) {
    const from = this.heard.length;
    while (this.heard.length < from + frames) {
      const out = Array.from({ length: this.channels }, () => new Float32Array(quantum()));
      this.stretch.process(out);
      this.heard.push(...out[0]);
    }
    return this.heard.slice(from);
  }
}

const sine = (frame) => 0.5 * Math.sin((2 * Math.PI * 440 * frame) / RATE);
const ramp = (frame, channel = 0) => Math.fround(((frame * 7 + channel) % 1999) / 2000);

/** Rising crossings of zero a second. */
function pitch(samples) {
  const at = [];
  for (let i = 1; i < samples.length; i += 1) if (samples[i - 1] < 0 && samples[i] >= 0) at.push(i);
  return ((at.length - 1) * RATE) / (at.at(-1) - at[0]);
}

test("at rate 1 every sample goes through as it is, and nothing is fetched ahead", () => {
  const ear = new Ear(ramp);
  ear.run(5000).forEach((sample, at) => assert.equal(sample, ramp(at)));
  assert.equal(ear.fetched, ear.heard.length);
});

test("pitch stays and time changes, at every rate", () => {
  for (const speed of [0.5, 0.8, 1.1, 1.5, 2]) {
    const ear = new Ear(sine);
    ear.stretch.setSpeed(speed);
    const heard = ear.run(2 * RATE);
    assert.ok(Math.abs(pitch(heard) - 440) < 1, `${speed}: ${pitch(heard)}`);
    assert.ok(Math.abs(ear.fetched - heard.length * speed) < 0.12 * RATE, `${speed}`);
    assert.ok(largestStep(heard) < 0.04, `${speed}`);
  }
});

test("back at rate 1 the sound goes on sample by sample, without a step", () => {
  const ear = new Ear(sine);
  ear.run(1000);
  ear.stretch.setSpeed(1.7);
  ear.run(RATE);
  ear.stretch.setSpeed(1);
  ear.run(RATE / 4);
  assert.ok(largestStep(ear.heard) < 0.04);
  const at = ear.fetched;
  ear.run(1280).forEach((sample, i) => assert.equal(sample, Math.fround(sine(at + i))));
});

test("how quanta are cut does not change what is heard", () => {
  const random = generator(9);
  const found = [() => 128, () => 1 + random(700)].map((quantum) => {
    const ear = new Ear((frame) => sine(frame) + 0.2 * ramp(frame), 2);
    ear.stretch.setSpeed(1.3);
    return ear.run(RATE, quantum).slice(0, RATE);
  });
  assert.deepEqual(found[0], found[1]);
});

test("rates beyond half and twice are held to them", () => {
  const ear = new Ear(sine);
  ear.stretch.setSpeed(9);
  assert.equal(ear.stretch.speed, 2);
  ear.stretch.setSpeed(0.1);
  assert.equal(ear.stretch.speed, 0.5);
});

test("chance changes of rate neither step nor get lost", () => {
  const random = generator(21);
  const ear = new Ear(sine);
  for (let round = 0; round < 60; round += 1) {
    ear.stretch.setSpeed([0.5, 0.75, 1, 1, 1.25, 2][random(6)]);
    ear.run(1 + random(4000), () => 1 + random(400));
    const { natural, end, room } = ear.stretch;
    assert.ok(natural <= end && end <= room);
  }
  assert.ok(largestStep(ear.heard) < 0.05);
});
