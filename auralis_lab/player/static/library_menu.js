/** What the menu of a row offers, or that of rows chosen together. */

import { starBar } from "./stars.js";

/** What is said once tracks are in the queue. */
export function queuedText(how, rows) {
  const one = rows.length === 1;
  const what = one ? rows[0].title : `${rows.length} tracks`;
  if (how === "next") return `${what} ${one ? "plays" : "play"} next`;
  return how === "add" ? `${what} ${one ? "is" : "are"} in the queue` : "";
}

/** What is said once tracks are favourites, or no longer. */
export function favouredText(rows, on) {
  const what = rows.length === 1 ? rows[0].title : `${rows.length} tracks`;
  const verb = rows.length === 1 ? "is" : "are";
  return `${what} ${verb} ${on ? "now" : "no longer"} ${rows.length === 1 ? "a favourite" : "favourites"}`;
}

/** What is said of tracks that could sound alike, for all that is known. */
export function leftOutText(count) {
  if (!count) return "";
  const what = count === 1 ? "1 track is" : `${count.toLocaleString("en")} tracks are`;
  return `${what} not measured yet and left out: “auralis measure” measures them all.`;
}

/**
 * @param {import("./library.js").Library} library what does it
 * @param {import("./tracks.js").Row[]} rows none if the track is no longer there
 * @param {{play: number} | undefined} play where the row is one of the history
 * @returns {import("./menu.js").Item[]}
 */
export function menuOf(library, rows, play) {
  const items = [];
  const [row] = rows;
  const one = rows.length === 1;
  if (row) {
    const play = () => (one ? library.open({ row, play: true }) : library.queue("play", rows));
    items.push(
      { label: one ? "Play" : `Play ${rows.length} tracks`, icon: "play", hint: "Enter", act: play },
      { label: "Play next", hint: "N", act: () => library.queue("next", rows) },
      { label: "Add to queue", hint: "A", act: () => library.queue("add", rows) },
      null,
    );
  }
  if (one) {
    items.push({ label: "Sounds like this", act: () => library.soundsLike(row) });
    if (row.album_id !== null && row.album_id !== library.album?.id) {
      items.push({ label: "Go to album", act: () => library.openAlbum(row.album_id) });
    }
  }
  if (row?.favourite !== undefined) {
    const all = rows.every((each) => each.favourite);
    items.push(null, { label: all ? "No longer a favourite" : "Favourite", icon: "heart", off: !all, hint: "F", act: () => library.favour(rows) });
    items.push(starBar(one ? row.stars : null, (stars) => library.rate(rows, stars)));
  }
  if (play) items.push({ label: "Take out of the history", act: () => library.forgetPlay(play) });
  return items;
}
