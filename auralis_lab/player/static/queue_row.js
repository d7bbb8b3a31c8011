/** One row of the queue. All text reaches the page through `textContent`. */

import { coverOf } from "./pictures.js";
import { icon, lengthText, node } from "./rows.js";

/**
 * @typedef {{entry: number, id: number, title: string, artist: string, album: string | null,
 *            duration_s: number | null, problem: string}} QueueRow
 */

function textOf(className, text) {
  const made = node("span", className, { dir: "auto" });
  made.textContent = text;
  return made;
}

/**
 * @param {QueueRow} row
 * @param {string} view name of the panel
 * @param {import("./pictures.js").CoverPictures} pictures
 * @returns {HTMLElement}
 */
export function queueItem(row, view, pictures) {
  const cover = coverOf(row);
  const by = row.problem || [row.artist || "Unknown artist", row.album].filter(Boolean).join(" · ");
  const remove = node("span", "au-remove", { "aria-hidden": "true", title: "Remove (Delete)" }, icon("clear"));
  const item = node(
    "div",
    "au-row",
    { role: "option", id: `${view}-${row.entry}`, title: [row.title, row.artist, row.album, row.problem].filter(Boolean).join("\n"), "data-problem": row.problem },
    node("span", "au-grip", { "aria-hidden": "true" }, icon("grip")),
    cover,
    textOf("au-title", row.title),
    textOf("au-sub", by),
    textOf("au-length", lengthText(row.duration_s)),
    remove,
  );
  item.dataset.entry = String(row.entry);
  pictures.fill(cover, row.id);
  return item;
}
