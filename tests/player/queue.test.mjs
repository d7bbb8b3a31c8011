// The parts of the queue's and the library's scripts that need no page.
import assert from "node:assert/strict";
import { test } from "node:test";

const STATIC = "../../auralis_lab/player/static/";
const { gapAt, placeAfter } = await import(`${STATIC}queue_drag.js`);
const { heights, rangeText, shownValues } = await import(`${STATIC}facets.js`);
const { dayName, playFacts } = await import(`${STATIC}history.js`);
const { albumFacts } = await import(`${STATIC}albums.js`);
const { favouredText } = await import(`${STATIC}library_menu.js`);
const { spokenStars, starsBy } = await import(`${STATIC}stars.js`);
const { Asker } = await import(`${STATIC}ask.js`);

test("a row falls into the gap it is nearest to, and never outside the list", () => {
  assert.equal(gapAt(0, 50, 4), 0);
  assert.equal(gapAt(74, 50, 4), 1);
  assert.equal(gapAt(76, 50, 4), 2);
  assert.equal(gapAt(-500, 50, 4), 0);
  assert.equal(gapAt(5000, 50, 4), 4);
});

test("a row let go in a gap stands where splicing a list would put it", () => {
  for (let from = 0; from < 5; from += 1) {
    for (let gap = 0; gap <= 5; gap += 1) {
      const list = [0, 1, 2, 3, 4];
      list.splice(gap, 0, "moved");
      list.splice(from < gap ? from : from + 1, 1);
      const place = list.indexOf("moved");
      assert.equal(placeAfter(from, gap), place === from ? null : place, `${from} -> ${gap}`);
    }
  }
});

test("a facet shows a few values, and always those that are chosen", () => {
  const values = Array.from({ length: 30 }, (_, n) => ({ label: `v${n}`, count: 30 - n, term: `t${n}` }));
  assert.equal(shownValues(values, false, []).length, 8);
  assert.deepEqual(shownValues(values, false, ["t20"]).at(-1).term, "t20");
  assert.equal(shownValues(values, true, []).length, 30);
  assert.equal(shownValues(values.slice(0, 9), false, []).length, 9); // "1 more" would take as much room
});

test("the tallest bar of a histogram is full, and a single track can be seen beside a thousand", () => {
  const tall = heights([{ count: 1 }, { count: 1000 }, { count: 0 }]);
  assert.equal(tall[1], 1);
  assert.ok(tall[0] > 0.03);
  assert.deepEqual(heights([]), []);
});

test("ranges read as people say them", () => {
  assert.equal(rangeText("year", { low: 1970, high: null }), "Year from 1970");
  assert.equal(rangeText("loudness", { low: -15, high: -12 }), "Loudness −15 to −12 LUFS");
  assert.equal(rangeText("year", { low: 1971, high: 1971 }), "Year 1971");
  assert.equal(rangeText("tempo", { low: null, high: 90 }), "Tempo up to 90 BPM");
});

test("days are named from today", () => {
  const now = new Date(2026, 10, 22, 0, 30);
  assert.equal(dayName(new Date(2026, 10, 22, 0, 1), now), "Today");
  assert.equal(dayName(new Date(2026, 10, 21, 23, 59), now), "Yesterday");
  assert.equal(dayName(new Date(2026, 10, 20, 12), now), "Friday 20 November");
  assert.match(dayName(new Date(2025, 0, 1), now), /2025/);
});

test("a play says how much was heard, through what, and whether it counts", () => {
  const play = { heard_s: 65, finished: false, counted: true, preset: "warm" };
  assert.equal(playFacts(play), "1:05 heard · warm");
  assert.equal(playFacts({ ...play, finished: true, preset: null }), "to the end · original");
  assert.match(playFacts({ ...play, counted: false }), /not counted/);
  const end = { ...play, heard_s: 2.4, finished: true, counted: false };
  assert.equal(playFacts(end), "0:02 heard · warm · not counted"); // it was jumped to
});

test("an album says its year, its tracks and its length, as far as they are known", () => {
  assert.equal(albumFacts({ year: 1959, tracks: 5, duration_s: 2744 }), "1959 · 5 tracks · 45:44");
  assert.equal(albumFacts({ year: null, tracks: 1, duration_s: null }), "1 track");
});

test("ratings are spoken", () => {
  assert.equal(spokenStars(null), "Not rated");
  assert.equal(spokenStars(1), "1 star");
  assert.equal(spokenStars(3.5), "3.5 stars");
});

/** A model as far as questions go. */
function model() {
  const sent = [];
  return { sent, on() {}, off() {}, send: (message) => sent.push(message) };
}

test("only the newest question of a kind is answered, and kinds do not disturb each other", () => {
  const page = model();
  const said = [];
  const asker = new Asker(page, (problem) => said.push(problem));
  const heard = [];
  asker.ask({ type: "query" }, () => heard.push("first"));
  asker.ask({ type: "query" }, () => heard.push("second"));
  asker.ask({ type: "albums" }, () => heard.push("albums"));
  const [first, second, albums] = page.sent.map(({ view, request, type }) => ({ view, request, answers: type }));
  asker.take({ type: "rows", ...first });
  asker.take({ type: "albums", ...albums });
  asker.take({ type: "rows", ...second, view: "somebody else" });
  assert.equal(asker.waits("query"), true);
  asker.take({ type: "rows", ...second });
  asker.take({ type: "rows", ...second });
  assert.deepEqual(heard, ["albums", "second"]);
  assert.deepEqual(said, []);
});

test("what is refused or fails is said once", () => {
  const page = model();
  const said = [];
  const asker = new Asker(page, (problem) => said.push(problem));
  asker.ask({ type: "query" }, assert.fail, (why) => said.push(`hint: ${why}`));
  asker.take({ type: "refused", message: "no such field", ...address(page.sent[0]) });
  asker.ask({ type: "query" }, assert.fail);
  asker.take({ type: "failed", message: "it failed", ...address(page.sent[1]) });
  assert.deepEqual(said, ["hint: no such field", "it failed"]);
});

function address({ view, request, type }) {
  return { view, request, answers: type };
}

test("a rating is given by digits, and by halves with Shift and the arrows", () => {
  const by = (key, stars, shiftKey = false) => starsBy({ key, shiftKey }, stars);
  assert.equal(by("4", null), 4);
  assert.equal(by("0", 4), null);
  assert.equal(by("ArrowRight", 5, true), 5);
  assert.equal(by("ArrowLeft", 4, true), 3.5);
  assert.equal(by("ArrowLeft", 0.5, true), null);
  assert.equal(by("ArrowRight", 4), undefined); // leads to the next star
  assert.equal(by("6", 4), undefined);
});

test("what becomes a favourite is said", () => {
  const [one, other] = [{ title: "Air" }, { title: "Sea" }];
  assert.equal(favouredText([one], true), "Air is now a favourite");
  assert.equal(favouredText([one, other], false), "2 tracks are no longer favourites");
});
