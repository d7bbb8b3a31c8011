/** What the menu of a row offers. */

import { starBar } from "./stars.js";

/**
 * @param {import("./library.js").Library} library what does it
 * @param {import("./tracks.js").Row | null} row null if the track is no longer there
 * @param {{play: number} | undefined} play where the row is one of the history
 * @returns {import("./menu.js").Item[]}
 */
export function menuOf(library, row, play) {
  const items = [];
  if (row) {
    items.push(
      { label: "Play", icon: "play", hint: "Enter", act: () => library.open({ row, play: true }) },
      { label: "Play next", hint: "N", act: () => library.queue("next", row) },
      { label: "Add to queue", hint: "A", act: () => library.queue("add", row) },
      null,
      { label: "Sounds like this", act: () => library.soundsLike(row) },
    );
    if (row.album_id !== null && row.album_id !== library.album?.id) {
      items.push({ label: "Go to album", act: () => library.openAlbum(row.album_id) });
    }
  }
  if (row?.favourite !== undefined) {
    const label = row.favourite ? "No longer a favourite" : "Favourite";
    items.push(null, { label, icon: "heart", hint: "F", act: () => library.favour(row) });
    items.push(starBar(row.stars, (stars) => library.rate(row, stars)));
  }
  if (play) items.push({ label: "Take out of the history", act: () => library.forgetPlay(play) });
  return items;
}
