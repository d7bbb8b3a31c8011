// The parts of the dashboard's scripts that need no page.
import assert from "node:assert/strict";
import { test } from "node:test";

import { BlindTest } from "../../auralis_lab/player/static/abx.js";
import { hueOf, initialOf } from "../../auralis_lab/player/static/cover.js";
import { KernelWatch } from "../../auralis_lab/player/static/kernel.js";
import { hertz, marks, minus, number, steps } from "../../auralis_lab/player/static/marks.js";
import { clock, countText, lengthText } from "../../auralis_lab/player/static/rows.js";
import { placeOf, spokenLength } from "../../auralis_lab/player/static/seekbar.js";
import { matchedText, Sides } from "../../auralis_lab/player/static/sides.js";
import { captionOf } from "../../auralis_lab/player/static/spectrum.js";

test("lengths are written as clocks, in seconds that have passed, like the position", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(59.6), "0:59");
  assert.equal(clock(3725), "1:02:05");
  assert.equal(clock(null), "");
});

test("no track is 0:00 long", () => {
  assert.deepEqual([0.04, 0.59, 0.99, 1, 59.9].map(lengthText), ["0.1 s", "0.5 s", "0.9 s", "0:01", "0:59"]);
  assert.deepEqual([lengthText(0), lengthText(null)], ["0:00", ""]); // none, and not known
  assert.deepEqual([0.59, 1, 65.9].map(spokenLength), ["0.5 seconds", "1 second", "1 minute 5 seconds"]);
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

test("X can be told once it sounds, and another X once it was heard for half a second", () => {
  let now = 0;
  const blind = new BlindTest({}, () => true, () => now);
  const look = (heard, afterMs) => {
    now += afterMs;
    blind.look(heard);
  };
  look(false, 1000); // a pause
  assert.ok(!blind.ready);
  look(true, 0);
  assert.ok(blind.ready);
  blind.answer("b");
  look(true, 0);
  for (let n = 0; n < 6; n += 1) look(true, 70);
  assert.ok(!blind.ready);
  look(false, 1000); // A
  assert.ok(!blind.ready);
  look(true, 5000); // X again, from now on
  assert.ok(!blind.ready);
  look(true, 100);
  assert.ok(blind.ready);
  blind.answer("a");
  assert.ok(!blind.ready);
});

const side = (name, loudness_lufs, gain_db, plan = null) => ({ name, plan, loudness_lufs, gain_db });

function sidesOf(given, sound) {
  return new Sides({ get: () => given }, () => sound);
}

test("plans are called by their names, and a blind test tells both", () => {
  const given = { first: side("quiet", -20, 0, "q"), plans: { "plan-1": side("my plan (loud)", -9, -11, "l"), warm: side("warm", -14, -6, "w") } };
  const sides = sidesOf(given, { preset: "plan-1", enhanced: true, intensity: 1 });
  assert.deepEqual(sides.titles, ["quiet", "my plan (loud)"]);
  assert.equal(sides.matched(-11), "Matched: my plan (loud) −11.0 dB");
  assert.equal(sides.heard({ enhanced: false, preset: "plan-1" }), "Playing quiet");
  const facts = sides.facts();
  assert.deepEqual(facts, { a: "quiet", b: "my plan (loud)", a_plan: "q", b_plan: "l", a_gain_db: 0, b_gain_db: -11 });
  const blind = new BlindTest({ title: "Song", ...facts }, () => true, () => 0);
  assert.ok(blind.isOf(facts));
  assert.ok(!blind.isOf(sidesOf(given, { preset: "warm" }).facts()));
});

test("each side says by how much it is turned down", () => {
  const all = [side("original", -12, -2), side("a", -14, 0), side("b", -9, -5)];
  assert.equal(matchedText(all), "Matched: original −2.0 dB, b −5.0 dB");
  assert.equal(matchedText([all[1], side("c", -14, 0)]), "Equally loud as they are");
  assert.equal(matchedText([all[1], side("c", null, 0)]), "Not matched: how loud c would be is not known");
});

test("without plans the sides are the original and the preset", () => {
  const sides = sidesOf(undefined, { preset: "warm", intensity: 0.5 });
  assert.deepEqual(sides.facts(), { preset: "warm", intensity: 0.5 });
  assert.equal(sides.matched(-3), "Matched: enhanced −3.0 dB");
  assert.equal(sides.matched(3), "Matched: original −3.0 dB");
  assert.equal(sides.heard({ enhanced: true, preset: "warm", intensity: 0.5 }), "Playing, warm at 50 %");
});

test("a kernel that takes no message is busy until it does", () => {
  let now = 0;
  let hear = null;
  const watch = new KernelWatch({ iopubMessage: { connect: (act) => (hear = act), disconnect: () => {} } }, () => now);
  now = 5000;
  assert.ok(!watch.busy); // nothing was asked
  watch.asks();
  now += 900;
  watch.asks();
  assert.ok(!watch.busy);
  now += 200; // 1.1 s after the first
  assert.ok(watch.busy);
  hear(null, { parent_header: { msg_type: "execute_request" } }); // what a cell prints is no answer
  assert.ok(watch.busy);
  hear(null, { parent_header: { msg_type: "comm_msg" } });
  assert.ok(!watch.busy);
  new KernelWatch(undefined).asks(); // a page without a connection to be watched
});

test("each line of the trials says what was compared", () => {
  const blind = new BlindTest({ title: 'A "song", twice', preset: "warm", matched_db: null }, () => true, () => 0);
  blind.answer("b");
  const [head, line] = blind.csv().trimEnd().split("\n");
  assert.equal(head, "trial,x,answer,right,seconds,switches,answered_at,title,preset,matched_db");
  assert.equal(line, '1,b,b,true,0,0,1970-01-01T00:00:00.000Z,"A ""song"", twice",warm,');
});
