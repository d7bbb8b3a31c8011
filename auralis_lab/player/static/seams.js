/** Joins of a track that went through a black box: marked by shape and by colour, told in words. */

import { timeText } from "./viewport.js";
import { part } from "./surface.js";

const AROUND_S = 1.5; // what is looped on each side of a join
const MOST_LISTED = 240;
const REACH_PX = 9;
const NO_JOINS =
  "No joins: the enhanced track is rendered exactly, so it is the same samples wherever it is cut.";

export const VERDICTS = {
  clean: { token: "--au-good", name: "clean" },
  suspect: { token: "--au-fade", name: "suspect" },
  audible: { token: "--au-alert", name: "audible" },
};

/** Trace the shape of a verdict: a disc, a diamond, a triangle. */
export function traceMark(pen, verdict, x, y, r) {
  pen.beginPath();
  if (verdict === "clean") pen.arc(x, y, r * 0.85, 0, 2 * Math.PI);
  else if (verdict === "suspect") {
    pen.moveTo(x, y - r * 1.15);
    pen.lineTo(x + r * 1.15, y);
    pen.lineTo(x, y + r * 1.15);
    pen.lineTo(x - r * 1.15, y);
  } else {
    pen.moveTo(x, y - r * 1.1);
    pen.lineTo(x + r * 1.15, y + r);
    pen.lineTo(x - r * 1.15, y + r);
  }
  pen.closePath();
}

/** The join under a pointer, or `null`. @param {{frame: number}[]} joins */
export function joinAt(joins, viewport, x, width) {
  let best = null;
  let least = REACH_PX;
  for (const join of joins) {
    const away = Math.abs(viewport.shareOf(join.frame) * width - x);
    if (away <= least) [best, least] = [join, away];
  }
  return best;
}

/** How many joins have each verdict, as a sentence. */
export function seamSentence(joins) {
  if (joins.length === 0) return NO_JOINS;
  const counts = Object.keys(VERDICTS)
    .map((verdict) => [joins.filter((join) => join.verdict === verdict).length, verdict])
    .filter(([count]) => count);
  const list = counts.map(([count, verdict]) => `${count} ${verdict}`).join(", ");
  return `${joins.length} ${joins.length === 1 ? "join" : "joins"}: ${list}. Choose one to hear it again and again.`;
}

/** Go round a join. */
export function loopJoin(engine, join, rate, total) {
  const around = Math.round(AROUND_S * rate);
  const a = Math.max(0, join.frame - around);
  const b = total ? Math.min(total, join.frame + around) : join.frame + around;
  engine.setLoop(a, b);
  engine.seek(a);
  if (!engine.sounding) engine.play();
}

/** A button for each join. @returns {HTMLElement} */
export function seamList(joins, rate, onchoose) {
  const list = part("ol", "au-seams", { "aria-label": "Joins" });
  for (const join of joins.slice(0, MOST_LISTED)) {
    const time = timeText(join.frame / rate, 0.1);
    const button = part(
      "button",
      `au-seam au-seam-${join.verdict}`,
      {
        type: "button",
        title: join.words,
        "aria-label": `Loop the join at ${time}: ${join.verdict}. ${join.words}`,
        click: () => onchoose(join),
      },
      part("i", "", { "aria-hidden": "true" }),
      time,
    );
    list.append(part("li", "", {}, button));
  }
  if (joins.length > MOST_LISTED) list.append(part("li", "au-more", {}, `and ${joins.length - MOST_LISTED} more`));
  return list;
}
