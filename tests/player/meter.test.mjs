/** The meter in the audio thread, by itself; its numbers are compared in test_meter.py. */

import assert from "node:assert/strict";
import test from "node:test";

import { Meter } from "../../auralis_lab/player/static/meter.js";
import { generator } from "./sound.mjs";

const RATE = 8000;

function noise(frames, level = 0.3) {
  const random = generator(17);
  return Float32Array.from({ length: frames }, () => level * (random(20001) / 10000 - 1));
}

function measure(samples, cut) {
  const meter = new Meter(RATE, 1);
  for (let at = 0; at < samples.length; ) {
    const stop = Math.min(samples.length, at + cut());
    meter.process([samples.subarray(at, stop)], true);
    at = stop;
  }
  const reading = meter.reading();
  meter.fill(reading);
  return reading;
}

test("how quanta are cut changes no reading", () => {
  const samples = noise(5 * RATE);
  const random = generator(2);
  const wanted = measure(samples, () => 128);
  for (let round = 0; round < 5; round += 1) {
    const found = measure(samples, () => 1 + random(3000));
    for (const [name, value] of Object.entries(wanted)) {
      if (typeof value === "number") assert.ok(Math.abs(found[name] - value) < 1e-6, name);
    }
  }
});

test("silence reads as silence, and no correlation", () => {
  const { momentary, integrated, truePeak, correlation } = measure(new Float32Array(RATE), () => 128);
  assert.deepEqual([momentary, integrated, truePeak], [-Infinity, -Infinity, -Infinity]);
  assert.equal(correlation, null);
});

test("a pause is not taken into the integrated loudness", () => {
  const samples = noise(2 * RATE);
  const meter = new Meter(RATE, 1);
  const reading = meter.reading();
  const integrated = () => {
    meter.fill(reading);
    return reading.integrated;
  };
  meter.process([samples], true);
  const before = integrated();
  meter.process([new Float32Array(3 * RATE)], false);
  assert.equal(reading.momentary > -30, true);
  assert.equal(integrated(), before);
  assert.equal(reading.momentary, -Infinity);
  meter.process([samples], true);
  assert.ok(Math.abs(integrated() - before) < 0.1);
});

test("peaks are those since the last reading, the highest those since the restart", () => {
  const meter = new Meter(RATE, 1);
  const reading = meter.reading();
  meter.process([Float32Array.of(0, 0, 0.5, 0, 0)], true);
  meter.process([new Float32Array(RATE)], true);
  meter.fill(reading);
  assert.equal(reading.samplePeak, 20 * Math.log10(0.5));
  meter.fill(reading);
  assert.equal(reading.samplePeak, -Infinity);
  assert.ok(reading.maxTruePeak >= 20 * Math.log10(0.5));
  meter.restart();
  meter.fill(reading);
  assert.equal(reading.maxTruePeak, -Infinity);
});

test("a rate too low for the weighting has peaks and no loudness", () => {
  const meter = new Meter(3000, 1);
  const reading = meter.reading();
  meter.process([noise(6000)], true);
  meter.fill(reading);
  assert.equal(reading.momentary, -Infinity);
  assert.ok(reading.truePeak > -20);
});
