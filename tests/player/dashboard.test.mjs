// The parts of the dashboard's scripts that need no page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { BlindTest } from "../../auralis_lab/player/static/abx.js";
import { hueOf, initialOf } from "../../auralis_lab/player/static/cover.js";
import { hertz, marks, minus, number, steps } from "../../auralis_lab/player/static/marks.js";
import { clock, countText } from "../../auralis_lab/player/static/rows.js";
import { placeOf } from "../../auralis_lab/player/static/seekbar.js";
import { captionOf } from "../../auralis_lab/player/static/spectrum.js";

test("lengths are written as clocks, in seconds that have passed, like the position", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(59.6), "0:59");
  assert.equal(clock(3725), "1:02:05");
  assert.equal(clock(null), "");
});

test("counts agree in number", () => {
  assert.equal(countText(1, ""), "1 track");
  assert.equal(countText(12345, ""), "12,345 tracks");
  assert.equal(countText(0, "x"), "0 matches");
});

test("a missing picture has a hue and a letter for any script", () => {
  assert.equal(hueOf("Næturljóð"), hueOf("Næturljóð"));
  for (const text of ["", "水の庭", "🎧", "x".repeat(5000)]) {
    assert.ok(hueOf(text) >= 0 && hueOf(text) <= 360);
  }
  assert.equal(initialOf("🎧 on"), "🎧");
  assert.equal(initialOf("élan"), "É");
  assert.equal(initialOf("   "), "?");
});

test("numbers have a true minus, and zero has no sign", () => {
  assert.equal(number(-14.04), "−14.0");
  assert.equal(number(0.5, { sign: true }), "+0.5");
  assert.equal(number(-0.04, { sign: true }), "0.0");
  assert.equal(number(null), "–");
  assert.equal(minus("-6.0 LUFS, a well-known 1-9 and (-2 dB)"), "−6.0 LUFS, a well-known 1-9 and (−2 dB)");
});

test("frequencies read as people write them", () => {
  assert.equal(hertz(31.62), "31.6 Hz");
  assert.equal(hertz(1000), "1 kHz");
  assert.equal(hertz(12589), "12.6 kHz");
});

test("marks are round and lie inside", () => {
  assert.deepEqual(marks(-61, -10, 5), [-60, -48, -36, -24, -12]);
  for (const mark of marks(-83.2, -7.9, 6)) assert.ok(mark >= -83.2 && mark <= -7.9);
});

test("a stepped curve breaks where a band is missing", () => {
  const same = (v) => v;
  assert.equal(steps([0, 1, 2, 3], [5, null, 7], same, same), "M0.0,5.0L1.0,5.0M2.0,7.0L3.0,7.0");
  assert.equal(steps([0, 1, 2], [5, 6], same, same), "M0.0,5.0L1.0,5.0L1.0,6.0L2.0,6.0");
});

test("keys lead along a track, and to its very ends", () => {
  assert.equal(placeOf("End", 10, 44.1), 44.1);
  assert.equal(placeOf("Home", 10, 44.1), 0);
  assert.equal(placeOf("ArrowRight", 10, 44.1), 15);
  assert.equal(placeOf("ArrowLeft", 3, 44.1), 0);
  assert.equal(placeOf("PageUp", 10, 44.1), 40);
  assert.equal(placeOf("PageUp", 30, 44.1), 44.1);
  assert.equal(placeOf("PageDown", 40, 44.1), 10);
  assert.equal(placeOf("a", 10, 44.1), null);
  assert.equal(placeOf("End", 0, 0), null); // while the length is unknown
});

test("the caption of the spectrum says how far apart the two are heard", () => {
  assert.match(captionOf(3.04), /after is 3\.0 dB louder than drawn/);
  assert.match(captionOf(-2.3), /after is 2\.3 dB quieter than drawn/);
  assert.equal(captionOf(0.01), "Before and after are about equally loud.");
});

test("the trials of a blind test are of one sound", () => {
  const blind = new BlindTest({ preset: "warm", intensity: 0.5 }, () => true, () => 0);
  assert.ok(blind.isOf({ preset: "warm", intensity: 0.5, enhanced: false }));
  assert.ok(!blind.isOf({ preset: "bright", intensity: 0.5 }));
  assert.ok(!blind.isOf({ preset: "warm", intensity: 0.6 }));
});
