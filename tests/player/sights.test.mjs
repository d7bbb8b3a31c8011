// The parts of the panels that need no page: views, tiles, scales, pages of gains.
import assert from "node:assert/strict";
import { test } from "node:test";

const from = (name) => import(`../../auralis_lab/player/static/${name}.js`);
const { announceEngine, followEngine, int16Of, Questions, quietOthers } = await from("engines");
const { Playhead, timeMarks, timeText, Viewport } = await from("viewport");
const { TILE_BINS, Tiles } = await from("tiles");
const { chunksIn } = await from("strip");
const { joinAt, seamSentence } = await from("seams");
const { FrequencyMap, hzAt, palette, shareOfDb, shareOfHz } = await from("frequency");
const { bytesText, Hold, levelText, shareOn, spokenLevel } = await from("scales");
const { GainPages, PAGE_POINTS } = await from("gains");
const { Choice } = await from("choice");
const { carriedIds } = await from("queue_drop");
const { healthSentence, healthTexts } = await from("health");
const { between } = await from("marks");
const { joinsText, rangeLabel, rangeText } = await from("zoom");

const RATE = 44100;

function seen(total = 100 * RATE) {
  const viewport = new Viewport();
  viewport.setTrack(total, RATE);
  return viewport;
}

test("times of the waveform are rounded down, and told as finely as they are seen", () => {
  const viewport = seen(52.98 * RATE);
  assert.equal(rangeText(viewport), "0:00.0 – 0:20.0");
  viewport.showAll();
  assert.equal(rangeText(viewport), "0:00.0 – 0:52.9");
  assert.match(rangeLabel(viewport), /^Waveform from 0:00 to 0:52 of 0:52\. /);
  viewport.place(5 * RATE, 0.05 * RATE);
  assert.match(rangeLabel(viewport), /^Waveform from 0:05\.000 to 0:05\.050 of 0:52\. /);
  assert.match(rangeLabel(seen(0.29 * RATE)), / of 0\.2 s\. /);
  assert.equal(rangeLabel(new Viewport()), "Waveform, no track");
});

test("joins are those of what is heard", () => {
  const joins = [{ verdict: "clean" }];
  assert.equal(joinsText(null, true), "");
  assert.match(joinsText([], true), /^No joins: the enhanced track/);
  assert.match(joinsText([], false), /^The original is heard/);
  assert.match(joinsText(joins, false), /^The original is heard.* 1 join: 1 clean/);
});

test("zooming keeps the frame under the pointer where it is", () => {
  const viewport = seen();
  viewport.place(10 * RATE, 20 * RATE);
  for (const factor of [0.5, 0.9, 1.7, 0.25]) {
    const before = viewport.frameAt(0.3);
    viewport.zoom(0.3, factor);
    assert.ok(Math.abs(viewport.frameAt(0.3) - before) < 1);
  }
});

test("the view never leaves the track, however it is moved", () => {
  const viewport = seen(30 * RATE);
  const acts = [
    () => viewport.pan(Infinity),
    () => viewport.pan(-Infinity),
    () => viewport.zoom(0.9, 1000),
    () => viewport.zoom(0.1, 1e-9),
    () => viewport.place(-5e9, 3),
    () => viewport.follow(30 * RATE, true),
  ];
  for (const act of acts) {
    act();
    assert.ok(viewport.start >= 0 && viewport.stop <= 30 * RATE && viewport.span >= 256);
  }
});

test("a track shorter than the closest view is shown whole", () => {
  const viewport = seen(100);
  viewport.zoom(0.5, 0.01);
  assert.equal(viewport.start, 0);
  assert.equal(viewport.span, 256);
});

test("following holds the sound in place, or turns pages where motion is unwelcome", () => {
  const viewport = seen();
  viewport.place(0, 10 * RATE);
  viewport.follow(50 * RATE, true);
  assert.ok(Math.abs(viewport.shareOf(50 * RATE) - 0.35) < 1e-9);
  const { start } = viewport;
  assert.equal(viewport.follow(51 * RATE, false), false);
  assert.equal(viewport.start, start);
  assert.equal(viewport.follow(viewport.stop + 1, false), true);
  assert.ok(viewport.shareOf(viewport.start) >= 0);
});

test("what is seen is told in times, as finely as the view is close", () => {
  const viewport = seen(70 * RATE);
  viewport.place(5 * RATE, RATE / 10);
  assert.equal(rangeText(viewport), "0:05.000 – 0:05.100");
  viewport.showAll();
  assert.equal(rangeText(viewport), "0:00.0 – 1:10.0");
  assert.match(rangeLabel(viewport), /^Waveform from 0:00 to 1:10 of 1:10\. /);
  assert.equal(rangeLabel(new Viewport()), "Waveform, no track");
});

test("a bin is a power of two frames and never wider than a pixel", () => {
  const viewport = seen(3 * 3600 * RATE);
  for (const span of [256, 1000, 44100, 4.41e6, 4.7e8]) {
    viewport.place(0, span);
    const bin = viewport.framesPerBin(900);
    assert.equal(Math.log2(bin) % 1, 0);
    assert.ok(bin === 1 || bin <= viewport.span / 900);
  }
});

test("a ruler has round times, as finely written as they are apart", () => {
  assert.deepEqual(timeMarks(0, 20, 10), { step: 2, marks: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20] });
  const { step, marks } = timeMarks(65.2, 65.5, 6);
  assert.equal(step, 0.05);
  assert.equal(timeText(marks[1], step), "1:05.25");
  assert.equal(timeText(3725, 60), "1:02:05");
});

test("between two reports the sound goes on, and stands still when they stay away", () => {
  const head = new Playhead();
  head.report(1000, 1000, 0);
  assert.equal(head.now(100), 1100);
  assert.equal(head.now(60000), 1400);
  head.report(1100, 0, 100);
  assert.equal(head.now(5000), 1100);
});

function tilesOf(wave, framesPerBins) {
  const tiles = new Tiles(() => {});
  for (const bin of framesPerBins) {
    for (let start = 0; start < wave.length; start += bin * TILE_BINS) {
      const outline = [];
      for (let at = start; at < Math.min(start + bin * TILE_BINS, wave.length); at += bin) {
        const part = wave.slice(at, at + bin);
        outline.push(Math.min(...part), Math.max(...part), 7);
      }
      tiles.put(start, bin, Int16Array.from(outline));
    }
  }
  return tiles;
}

test("columns show the extremes of their frames, over the borders of tiles", () => {
  const wave = Array.from({ length: 3000 }, (_, n) => ((n * 7919) % 2001) - 1000);
  const tiles = tilesOf(wave, [2]);
  const out = new Int16Array(3 * 50);
  assert.equal(tiles.columns(600, 20, 2, out), 0);
  for (let column = 0; column < 50; column += 1) {
    const part = wave.slice(600 + 20 * column, 620 + 20 * column);
    assert.equal(out[3 * column], Math.min(...part));
    assert.equal(out[3 * column + 1], Math.max(...part));
  }
});

test("coarser tiles stand in for those that are missing, and nothing for what is past the end", () => {
  const tiles = tilesOf([-5, 9, 0, 1, 2, 3, 4, 5], [4]);
  const out = new Int16Array(9);
  assert.equal(tiles.columns(0, 4, 1, out), 3);
  assert.deepEqual([...out], [-5, 9, 7, 2, 5, 7, 1, 0, 0]);
});

test("tiles are asked for once, a few at a time, and not beyond the end", () => {
  const asked = [];
  const tiles = new Tiles((...range) => asked.push(range));
  tiles.want(0, 1e9, 256, 10 * 256 * TILE_BINS);
  assert.equal(asked.length, 4);
  tiles.want(0, 1e9, 256, 10 * 256 * TILE_BINS);
  assert.equal(asked.length, 4);
  for (const [start, bin] of asked.splice(0)) tiles.put(start, bin, new Int16Array(3));
  tiles.put(0, 256, null);
  tiles.want(8 * 256 * TILE_BINS, 1e9, 256, 10 * 256 * TILE_BINS);
  assert.deepEqual(asked.map(([start]) => start / (256 * TILE_BINS)), [8, 9]);
});

test("memory for tiles is bounded", () => {
  const tiles = new Tiles(() => {});
  for (let n = 0; n < 1000; n += 1) tiles.put(n * TILE_BINS, 1, new Int16Array(3));
  assert.ok(tiles.kept.size <= 160);
  assert.ok(tiles.find("1:999"));
});

test("the chunks in view are those of the grid, the last one as long as it is", () => {
  const facts = { chunk_frames: 15, interval_frames: 10, total_frames: 43 };
  assert.deepEqual(chunksIn(facts, 0, 100), [[0, 0, 15], [1, 10, 25], [2, 20, 35], [3, 30, 43]]);
  assert.deepEqual(chunksIn(facts, 26, 29).map(([n]) => n), [1, 2]);
  assert.deepEqual(chunksIn({ total_frames: 43 }, 0, 100), []);
});

test("a join is taken by a pointer near it, the nearest of several", () => {
  const viewport = seen();
  viewport.place(0, 1000 * 100);
  const joins = [{ frame: 50000 }, { frame: 50600 }];
  assert.equal(joinAt(joins, viewport, 505, 1000), joins[1]);
  assert.equal(joinAt(joins, viewport, 700, 1000), null);
  const verdicts = ["clean", "audible", "clean"].map((verdict) => ({ verdict }));
  assert.match(seamSentence(verdicts), /^3 joins: 2 clean, 1 audible\./);
});

test("a tone stands at its frequency on the logarithmic axis", () => {
  const map = new FrequencyMap(400, 48000, 4096);
  for (const hz of [60, 440, 1000, 9000]) {
    const line = Math.round((hz * 4096) / 48000);
    const lines = new Float32Array(2048).fill(-100);
    lines[line] = -20;
    const levels = map.levels(lines, new Float32Array(400));
    const found = hzAt((levels.indexOf(Math.max(...levels)) + 0.5) / 400, 20000);
    assert.ok(Math.abs(found - (line * 48000) / 4096) < 12 + 0.02 * hz, `${hz}: ${found}`);
  }
  assert.ok(Math.abs(shareOfHz(hzAt(0.37, 20000), 20000) - 0.37) < 1e-12);
});

test("colours grow lighter with the level", () => {
  const colours = palette();
  const light = (n) => 0.2126 * colours[4 * n] + 0.7152 * colours[4 * n + 1] + 0.0722 * colours[4 * n + 2];
  for (let n = 1; n < 256; n += 1) assert.ok(light(n) >= light(n - 1) - 0.75);
  assert.deepEqual([shareOfDb(-200), shareOfDb(20), shareOfDb(NaN) >= 0], [0, 1, false]);
});

test("a peak is held and then falls, until a higher one comes", () => {
  const hold = new Hold(1500, 20);
  assert.equal(hold.take(-3, 0), -3);
  assert.equal(hold.take(-20, 1500), -3);
  assert.equal(hold.take(-20, 2000), -13);
  assert.equal(hold.take(-10, 2000), -10);
});

test("levels that are not there are dashes and empty bars", () => {
  for (const value of [null, undefined, -Infinity, NaN]) {
    assert.equal(levelText(value), "–");
    assert.equal(shareOn(value, [-40, 0]), 0);
    assert.equal(spokenLevel(value, "LUFS"), "nothing yet");
  }
  assert.equal(levelText(-14.04), "−14.0");
  assert.equal(levelText(-0.04, { sign: true }), "0.0");
  assert.equal(spokenLevel(-14.04, "LUFS"), "minus 14.0 LUFS");
  assert.equal(bytesText(2_500_000), "2.5 MB");
});

test("gains are looked up at the sound, a page at a time and the next one in time", () => {
  const asked = [];
  const pages = new GainPages((first) => asked.push(first));
  pages.setPlan(2, PAGE_POINTS + 10, 100);
  const out = new Float32Array(2);
  assert.equal(pages.at(0, out), false);
  assert.deepEqual(asked, [0]);
  const steps = new Int16Array(2 * PAGE_POINTS);
  steps[5] = -150;
  steps[PAGE_POINTS + 5] = 75;
  pages.put(0, steps);
  assert.equal(pages.at(0.055, out), true);
  assert.deepEqual([...out], [-1.5, 0.75]);
  pages.at((0.9 * PAGE_POINTS) / 100, out);
  assert.deepEqual(asked, [0, PAGE_POINTS]);
  pages.put(PAGE_POINTS, Int16Array.from([...new Array(10).fill(100), ...new Array(10).fill(-200)]));
  pages.at(1e6, out);
  assert.deepEqual([...out], [1, -2]);
});

test("a page of gains that has none is asked for once", () => {
  const asked = [];
  const pages = new GainPages((first, points) => asked.push([first, points]), 1000);
  pages.setPlan(1, Number.MAX_SAFE_INTEGER, 100);
  const out = new Float32Array(1);
  for (const answer of [new Int16Array(0), null]) {
    const from = asked.length;
    pages.setPlan(1, Number.MAX_SAFE_INTEGER, 100);
    for (let turn = 0; turn < 3; turn += 1) assert.equal(pages.at(25, out), false);
    pages.put(2000, answer);
    for (let turn = 0; turn < 3; turn += 1) assert.equal(pages.at(25, out), false);
    assert.deepEqual(asked.slice(from), [[2000, 1000]]);
  }
});

test("rows are chosen one by one, by reach, and all of them", () => {
  const choice = new Choice();
  choice.start(4);
  assert.deepEqual(choice.sorted, []);
  choice.reach(6);
  assert.deepEqual(choice.sorted, [4, 5, 6]);
  choice.reach(2);
  assert.deepEqual(choice.sorted, [2, 3, 4]);
  choice.toggle(3);
  choice.toggle(9);
  assert.deepEqual(choice.sorted, [2, 4, 9]);
  choice.all(3);
  assert.deepEqual(choice.sorted, [0, 1, 2]);
  choice.clear();
  choice.reach(3, 1); // without an anchor, from where the listener is
  assert.deepEqual(choice.sorted, [1, 2, 3]);
});

test("only numbers of tracks are taken from what is dropped", () => {
  assert.deepEqual(carriedIds("[3, 1, 2]"), [3, 1, 2]);
  assert.deepEqual(carriedIds('[3, "4", -1, 1.5, null]'), [3]);
  for (const text of ["", "{}", "null", "[", "7"]) assert.deepEqual(carriedIds(text), []);
});

test("health is told in figures and in a sentence", () => {
  const health = { queued_s: 12.34, underruns: 0, credit: 1234567, latencyMs: 85.4, spliceMs: null };
  const kernel = { hits: 3, misses: 1, memory_bytes: 5e7, rendered_frames_per_s: 44100 * 250 };
  const texts = healthTexts(health, kernel, RATE, 353000);
  assert.equal(texts.queued, "12.3 s");
  assert.equal(texts.hits, "75 % of 4");
  assert.equal(texts.speed, "250×");
  assert.equal(texts.splice, "–");
  assert.equal(healthTexts(health, null, RATE, 0).hits, "–");
  assert.equal(healthSentence({ underruns: 1 }, "playing"), "1 gap in the sound so far.");
});

test("a panel is mounted while there is an engine of its player, whichever came first", () => {
  const log = [];
  const mount = (engine) => {
    log.push(`mount ${engine.name}`);
    return () => log.push(`leave ${engine.name}`);
  };
  const early = followEngine("p", mount);
  const withdraw = announceEngine("p", { name: "one" });
  const late = followEngine("p", mount);
  const others = [announceEngine("q", { name: "other" }), announceEngine("p", { name: "two" })];
  withdraw();
  early();
  late();
  others.forEach((leave) => leave());
  assert.deepEqual(log, ["mount one", "mount one", "leave one", "mount two", "leave one", "mount two", "leave two", "leave two"]);
});

test("who begins to sound pauses the others of the page, and not itself", () => {
  const paused = [];
  const engines = ["a", "b", "c"].map((name) => ({ name, pause: () => paused.push(name) }));
  const leave = engines.map((engine) => announceEngine(engine.name, engine));
  leave[2]();
  quietOthers(engines[1]);
  assert.ok(paused.includes("a") && !paused.includes("b") && !paused.includes("c"));
});

test("an answer goes to the view that asked, once; silence is an answer after a while", async () => {
  let receive;
  const sent = [];
  const model = { on: (_, f) => (receive = f), off: () => (receive = null), send: (m) => sent.push(m) };
  const questions = new Questions(model, 20);
  const got = [];
  questions.ask({ type: "health" }, (answer) => got.push(answer));
  questions.ask({ type: "health" }, (answer) => got.push(answer));
  receive({ view: "another", request: 1 });
  receive({ ...sent[0], hits: 1 });
  receive({ ...sent[0], hits: 2 });
  await new Promise((done) => setTimeout(done, 60));
  assert.equal(got[0].hits, 1);
  assert.equal(got[1], null);
  assert.equal(got.length, 2);
  questions.close();
  assert.equal(receive, null);
  assert.deepEqual([...int16Of(new DataView(Int16Array.from([9, -2, 3]).buffer, 2, 4))], [-2, 3]);
});

test("the area between two curves goes there and back, without what was not measured", () => {
  const path = between([1, 2, 3], [0, null, 1], [5, 6, 7], (v) => v, (v) => v);
  assert.equal(path, "M1.0,5.0L3.0,7.0L3.0,1.0L1.0,0.0Z");
  assert.equal(between([1], [0], [1], (v) => v, (v) => v), "");
});
