/** Draws a stretch of a track: outline, time, chunks and their overlaps, loop, joins, playhead. */

import { traceMark, VERDICTS } from "./seams.js";
import { FULL } from "./tiles.js";
import { timeMarks, timeText } from "./viewport.js";

const RULER_PX = 18;
const LANE_PX = 14;
const MARK_PX = 80; // between two times of the ruler
const LEAST_CHUNK_PX = 5;
const JOIN_ROW_PX = 16;

/**
 * @typedef {object} Scene
 * @property {import("./viewport.js").Viewport} viewport
 * @property {import("./tiles.js").Tiles} tiles
 * @property {{total_frames: number, chunk_frames?: number, interval_frames?: number,
 *   joins: {frame: number, verdict: string}[] | null}} facts
 * @property {number} playhead frame, or -1
 * @property {boolean} enhanced
 * @property {{a: number, b: number} | null} loop
 * @property {{a: number, b: number} | null} chosen a range that is being drawn
 * @property {number | null} hover share of the width
 */

/** @param {import("./surface.js").Surface} surface @param {Scene} scene */
export function paintStrip(surface, pen, width, height, scene) {
  const colour = (token) => surface.colour(token);
  const lane = scene.facts.interval_frames ? LANE_PX + 4 : 0;
  const joins = scene.facts.joins?.length ? JOIN_ROW_PX : 0;
  const box = { top: RULER_PX + joins, bottom: height - lane };
  paintRuler(pen, width, height, scene, colour);
  if (lane) paintChunks(pen, width, box, height, scene, colour);
  paintRange(pen, width, box, scene.chosen ?? scene.loop, scene.viewport, colour("--au-accent"));
  paintOutline(surface, pen, width, box, scene, colour);
  if (joins) paintJoins(pen, width, box, scene, colour);
  paintHeads(pen, width, box, scene, colour);
}

function paintRuler(pen, width, height, { viewport }, colour) {
  const { rate, start, stop } = viewport;
  const { step, marks } = timeMarks(start / rate, stop / rate, Math.max(2, width / MARK_PX));
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  const [rule, soft] = [colour("--au-rule"), colour("--au-soft")];
  for (const seconds of marks) {
    const x = Math.round(viewport.shareOf(seconds * rate) * width);
    pen.fillStyle = rule;
    pen.fillRect(x, 0, 1, height);
    if (x > width - 34) continue;
    pen.fillStyle = soft;
    pen.fillText(timeText(seconds, step), x + 4, RULER_PX / 2);
  }
}

/** Spans of the chunks in view: index, first frame, frame behind the last. */
export function chunksIn(facts, start, stop) {
  const { chunk_frames: length, interval_frames: interval, total_frames: total } = facts;
  const chunks = [];
  if (!interval || !total) return chunks;
  const count = 1 + Math.ceil(Math.max(0, total - length) / interval);
  for (let n = Math.max(0, Math.floor((start - length) / interval)); n < count && n * interval < stop; n += 1) {
    chunks.push([n, n * interval, Math.min(n * interval + length, total)]);
  }
  return chunks;
}

function paintChunks(pen, width, box, height, scene, colour) {
  const { viewport, facts, playhead } = scene;
  const top = height - LANE_PX;
  if ((facts.interval_frames / viewport.span) * width < LEAST_CHUNK_PX) {
    pen.fillStyle = colour("--au-rule");
    pen.fillRect(0, top + LANE_PX / 2 - 1, width, 2);
    return;
  }
  const x = (frame) => viewport.shareOf(frame) * width;
  const overlap = facts.chunk_frames - facts.interval_frames;
  const [accent, idle, fade] = [colour("--au-accent"), colour("--au-control"), colour("--au-fade")];
  for (const [index, first, last] of chunksIn(facts, viewport.start, viewport.stop)) {
    const row = top + (index % 2) * (LANE_PX / 2);
    const here = first <= playhead && playhead < last;
    pen.fillStyle = here ? accent : idle;
    pen.globalAlpha = here ? 1 : 0.55;
    pen.fillRect(x(first) + 0.5, row + 1, x(last) - x(first) - 1, LANE_PX / 2 - 2);
    pen.globalAlpha = 1;
    if (index && overlap > 0) hatch(pen, x(first), x(Math.min(first + overlap, facts.total_frames)), box, width, fade);
  }
}

/** Where two chunks overlap: slanted lines, which no colour is needed to see. */
function hatch(pen, left, right, { top, bottom }, width, colour) {
  const [from, to] = [Math.max(0, left), Math.min(width, right)];
  if (to - from < 1) return;
  pen.save();
  pen.beginPath();
  pen.rect(from, top, to - from, bottom - top);
  pen.clip();
  pen.globalAlpha = 0.1;
  pen.fillStyle = colour;
  pen.fillRect(from, top, to - from, bottom - top);
  pen.globalAlpha = 0.45;
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  const tall = bottom - top;
  for (let x = left - ((left - from) % 12) - tall; x < to; x += 12) {
    pen.moveTo(x, bottom);
    pen.lineTo(x + tall, top);
  }
  pen.stroke();
  pen.restore();
}

function paintRange(pen, width, { top, bottom }, range, viewport, colour) {
  if (!range) return;
  const [a, b] = [viewport.shareOf(range.a) * width, viewport.shareOf(range.b) * width];
  pen.fillStyle = colour;
  pen.globalAlpha = 0.16;
  pen.fillRect(a, top, b - a, bottom - top);
  pen.globalAlpha = 1;
  for (const [x, way] of [[a, 1], [b, -1]]) {
    pen.fillRect(x - 1, top, 2, bottom - top);
    pen.fillRect(way > 0 ? x : x - 7, top, 7, 3);
    pen.fillRect(way > 0 ? x : x - 7, bottom - 3, 7, 3);
  }
}

function paintOutline(surface, pen, width, { top, bottom }, scene, colour) {
  const { viewport, tiles, facts, playhead, enhanced } = scene;
  const middle = (top + bottom) / 2;
  const half = (bottom - top) / 2 - 2;
  const columns = Math.max(1, Math.round(width));
  const framesPerBin = viewport.framesPerBin(columns);
  tiles.want(viewport.start, viewport.stop, framesPerBin, facts.total_frames);
  if (surface.outline?.length !== 3 * columns) surface.outline = new Int16Array(3 * columns);
  const { outline } = surface;
  tiles.columns(viewport.start, viewport.span / columns, framesPerBin, outline);
  const heard = colour(enhanced ? "--au-accent" : "--au-ink");
  const rest = colour("--au-before");
  const split = playhead < 0 ? 0 : viewport.shareOf(playhead) * columns;
  const height = (step) => middle - (half * Math.max(-FULL, Math.min(FULL, step))) / FULL;
  pen.fillStyle = colour("--au-rule");
  pen.fillRect(0, Math.round(middle), width, 1);
  const fine = viewport.span < 2 * columns;
  for (const [from, to, ink] of [[0, split, heard], [split, columns, rest]]) {
    pen.fillStyle = pen.strokeStyle = ink;
    const [first, last] = [Math.max(0, Math.ceil(from)), Math.min(columns, Math.ceil(to))];
    pen.globalAlpha = fine ? 0.35 : 0.5;
    paintBars(pen, outline, first, last, (low, high) => [height(low), height(high)]);
    pen.globalAlpha = 1;
    if (fine) paintLines(pen, outline, first, last, height);
    else paintBars(pen, outline, first, last, (low, high, rms) => [height(Math.max(low, -rms)), height(Math.min(high, rms))]);
  }
}

/**
 * One bar a column; single rectangles on whole pixels are drawn faster than a path.
 * @param {Function} ends gives the lower and the upper end in px
 */
function paintBars(pen, outline, first, last, ends) {
  for (let x = first; x < last; x += 1) {
    const [low, high, rms] = [outline[3 * x], outline[3 * x + 1], outline[3 * x + 2]];
    if (low > high) continue;
    const [down, up] = ends(low, high, rms);
    const top = Math.round(up);
    pen.fillRect(x, top, 1, Math.max(1, Math.round(down) - top));
  }
}

/** So closely that single samples are seen: lines from one to the next, over all channels. */
function paintLines(pen, outline, first, last, height) {
  pen.lineWidth = 1.25;
  for (const side of [0, 1]) {
    pen.beginPath();
    for (let x = first; x < last; x += 1) {
      if (outline[3 * x] <= outline[3 * x + 1]) pen.lineTo(x + 0.5, height(outline[3 * x + side]));
    }
    pen.stroke();
  }
}

function paintJoins(pen, width, { top, bottom }, { facts, viewport }, colour) {
  for (const { frame, verdict } of facts.joins) {
    const x = viewport.shareOf(frame) * width;
    if (x < -8 || x > width + 8) continue;
    pen.fillStyle = colour(VERDICTS[verdict].token);
    pen.fillRect(Math.round(x), top, 1, bottom - top);
    traceMark(pen, verdict, x, top - JOIN_ROW_PX / 2, 5);
    pen.fill();
  }
}

function paintHeads(pen, width, { top, bottom }, scene, colour) {
  const { viewport, playhead, hover } = scene;
  if (hover !== null) {
    pen.fillStyle = colour("--au-soft");
    pen.fillRect(Math.round(hover * width), top, 1, bottom - top);
  }
  const x = viewport.shareOf(playhead) * width;
  if (playhead < 0 || x < -2 || x > width + 2) return;
  pen.fillStyle = colour("--au-ink");
  pen.fillRect(Math.min(width - 2, Math.round(x)), RULER_PX, 2, bottom - RULER_PX);
  pen.beginPath();
  pen.moveTo(x - 5, RULER_PX - 4);
  pen.lineTo(x + 7, RULER_PX - 4);
  pen.lineTo(x + 1, RULER_PX + 4);
  pen.fill();
}
