/** Reads a made signal with the audio thread's meter: for comparison with the kernel's. */

import { readFileSync } from "node:fs";

import { Meter } from "../../auralis_lab/player/static/meter.js";

const QUANTUM = 128;
const [path, rate, channels] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const bytes = readFileSync(path);
const samples = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const frames = samples.length / channels;
const rows = Array.from({ length: channels }, (_, c) =>
  samples.subarray(c * frames, (c + 1) * frames),
);
const meter = new Meter(rate, channels);
const reading = meter.reading();
for (let at = 0; at < frames; at += QUANTUM) {
  const stop = Math.min(frames, at + QUANTUM);
  meter.process(rows.map((row) => row.subarray(at, stop)), true);
}
meter.process(rows.map(() => new Float32Array(11)), true); // what the interpolator lags behind
meter.fill(reading);
console.log(JSON.stringify(reading));
