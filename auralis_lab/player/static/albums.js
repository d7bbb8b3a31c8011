/**
 * Albums as a wall of covers, and one album with its tracks.
 *
 * @typedef {{id: number, title: string, artist: string | null, year: number | null, tracks: number,
 *            duration_s: number | null, picture: number | null}} Album
 */

import { coverOf } from "./pictures.js";
import { icon, lengthText, node } from "./rows.js";

/** What stands under an album's name. @param {Album} album */
export function albumFacts(album) {
  const tracks = `${album.tracks} ${album.tracks === 1 ? "track" : "tracks"}`;
  return [album.year, tracks, lengthText(album.duration_s)].filter(Boolean).join(" · ");
}

function words(className, text) {
  const made = node("span", className, { dir: "auto" });
  made.textContent = text;
  return made;
}

function coverOfAlbum(album, pictures) {
  const cover = coverOf({ title: album.title, album: album.title });
  if (album.picture !== null) pictures.fill(cover, album.picture);
  return cover;
}

/** Emits "open" (detail: album), "play" (detail: album) and "end" when more albums are wanted. */
export class AlbumWall extends EventTarget {
  constructor(pictures) {
    super();
    this.pictures = pictures;
    this.albums = [];
    this.more = false;
    this.end = node("div", "au-end", { "aria-hidden": "true" });
    this.items = node("ul", "au-wall");
    this.root = node("div", "au-list au-albums", { hidden: true }, this.items, this.end);
    this.items.addEventListener("click", (event) => this.clicked(event));
    this.items.addEventListener("keydown", (event) => this.key(event));
    this.seen = new IntersectionObserver(
      (entries) => {
        if (this.more && entries.some((entry) => entry.isIntersecting)) this.dispatchEvent(new Event("end"));
      },
      { root: this.root, rootMargin: "300px" },
    );
    this.seen.observe(this.end);
  }

  /** @param {Album[]} albums @param {{first: boolean, more: boolean}} page */
  show(albums, { first, more }) {
    if (first) {
      this.albums = [];
      this.items.replaceChildren();
      this.root.scrollTop = 0;
    }
    const from = this.albums.length;
    this.albums.push(...albums);
    this.items.append(...albums.map((album, n) => this.item(album, from + n)));
    this.more = more;
    this.seen.unobserve(this.end);
    this.seen.observe(this.end);
  }

  item(album, index) {
    const open = node(
      "button",
      "au-album-open",
      { type: "button", title: [album.title, album.artist].filter(Boolean).join("\n") },
      coverOfAlbum(album, this.pictures),
      words("au-album-title", album.title),
      words("au-album-artist", album.artist ?? "Various artists"),
      words("au-album-facts", albumFacts(album)),
    );
    const play = node("button", "au-album-play", { type: "button", "aria-label": `Play ${album.title}`, title: "Play" }, icon("play"));
    const item = node("li", "au-album-item", {}, open, play);
    item.dataset.index = String(index);
    return item;
  }

  clicked(event) {
    const item = event.target.closest(".au-album-item");
    if (!item) return;
    const detail = this.albums[Number(item.dataset.index)];
    const name = event.target.closest(".au-album-play") ? "play" : "open";
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** The arrows go from album to album, Tab into and out of one. */
  key(event) {
    const items = [...this.items.children];
    const at = items.indexOf(event.target.closest(".au-album-item"));
    const columns = getComputedStyle(this.items).gridTemplateColumns.split(" ").length;
    const go = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + columns, ArrowUp: at - columns, Home: 0, End: items.length - 1 };
    if (!(event.key in go) || at < 0) return;
    event.preventDefault();
    items[go[event.key]]?.querySelector("button").focus();
  }

  close() {
    this.seen.disconnect();
  }
}

/**
 * The head over the tracks of one album.
 * @param {Album} album
 * @param {Record<"back" | "play" | "next" | "add", () => void>} acts
 */
export function albumHead(album, pictures, acts) {
  const button = (label, act, main = false) => {
    const made = node("button", main ? "au-do au-do-main" : "au-do", { type: "button" }, label);
    made.addEventListener("click", act);
    return made;
  };
  const back = node("button", "au-back", { type: "button", "aria-label": "Back to the albums", title: "Back" }, icon("back"));
  back.addEventListener("click", acts.back);
  const names = node(
    "div",
    "au-album-names",
    {},
    words("au-album-title", album.title),
    words("au-album-artist", album.artist ?? "Various artists"),
    words("au-album-facts", albumFacts(album)),
    node("div", "au-dos", {}, button("Play", acts.play, true), button("Play next", acts.next), button("Add", acts.add)),
  );
  return node("div", "au-album-head", {}, back, coverOfAlbum(album, pictures), names);
}
