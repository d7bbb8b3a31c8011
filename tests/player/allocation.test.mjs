/** What the audio thread does in each quantum leaves no garbage behind. */

import assert from "node:assert/strict";
import test from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { Meter } from "../../auralis_lab/player/static/meter.js";
import { Playback } from "../../auralis_lab/player/static/playback.js";
import { Stretch } from "../../auralis_lab/player/static/stretch.js";
import { flat, QUANTUM } from "./sound.mjs";

const RATE = 44100;
const QUANTA = 2000;
const MOST_BYTES = 1000; // a quantum; numbers that do not fit a register take a few

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

for (const speed of [1, 1.5]) {
  test(`at rate ${speed}, with lanes, a loop, reports and meters, next to nothing is allocated`, () => {
    const meter = new Meter(RATE, 2);
    const reading = meter.reading();
    const playback = new Playback(RATE, 2, () => meter.fill(reading));
    const stretch = new Stretch(RATE, 2, (rows, frames) => playback.process(rows, frames));
    const lanes = ["original", "enhanced"];
    playback.open(1);
    playback.declare({ epoch: 1, segment: 0, startFrame: 0, channels: 2, lanes, gains: [1, 0.5] });
    playback.push(1, flat(10 * RATE, 0.3, 4), 10 * RATE);
    playback.setLoop({ epoch: 1, segment: 0, a: RATE, b: 2 * RATE });
    stretch.setSpeed(speed);
    const out = [new Float32Array(QUANTUM), new Float32Array(QUANTUM)];
    const run = () => {
      for (let q = 0; q < QUANTA; q += 1) {
        if (q % 200 === 0) playback.choose(lanes[(q / 200) % 2]);
        stretch.process(out);
        meter.process(out, true);
      }
    };
    run();
    collect();
    const before = process.memoryUsage().heapUsed;
    run();
    const bytes = (process.memoryUsage().heapUsed - before) / QUANTA;
    assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
  });
}
