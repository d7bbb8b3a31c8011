/** Covers of rows that came into sight, asked for a few at a time and kept for a while. */

import { forgetPicture, hueOf, initialOf } from "./cover.js";
import { icon, node } from "./rows.js";

const TOGETHER_MS = 60;
const MOST_ASKED = 60;
const MOST_KEPT = 400;

/** @param {{title: string, artist?: string, album?: string | null}} row @returns {HTMLElement} */
export function coverOf(row) {
  const cover = node("span", "au-cover", { "aria-hidden": "true" });
  cover.style.setProperty("--hue", String(hueOf(row.album || row.artist || row.title)));
  const initial = node("span", "au-initial", {}, initialOf(row.album || row.title));
  cover.append(initial, node("span", "au-playmark", {}, icon("play")));
  return cover;
}

export class CoverPictures {
  /** @param {(message: object) => void} send @param {string} view name of the asking view */
  constructor(send, view) {
    this.send = send;
    this.view = view;
    this.urls = new Map(); // id -> object URL, or "" where there is none
    this.wanted = new Map(); // id -> covers that wait for it
    this.timer = 0;
  }

  /** Put the picture of a track into a cover, at once or when it comes. */
  fill(cover, id) {
    if (id === null || id === undefined) return;
    const url = this.urls.get(id);
    if (url !== undefined) {
      this.put(cover, url);
      return;
    }
    if (!this.wanted.has(id)) this.wanted.set(id, new Set());
    this.wanted.get(id).add(cover);
    this.askSoon();
  }

  askSoon() {
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      const ids = [...this.wanted.keys()].filter((id) => !this.wanted.get(id).asked).slice(0, MOST_ASKED);
      if (!ids.length) return;
      for (const id of ids) this.wanted.get(id).asked = true;
      this.send({ type: "pictures", view: this.view, ids });
      this.askSoon();
    }, TOGETHER_MS);
  }

  /** @param {number} id @param {DataView | undefined} data */
  keep(id, data) {
    const url = data ? URL.createObjectURL(new Blob([data])) : "";
    this.urls.set(id, url);
    for (const cover of this.wanted.get(id) ?? []) this.put(cover, url);
    this.wanted.delete(id);
    while (this.urls.size > MOST_KEPT) {
      const [oldest, old] = this.urls.entries().next().value;
      this.urls.delete(oldest);
      forgetPicture(old);
    }
  }

  put(cover, url) {
    if (!url || cover.querySelector("img")) return;
    const image = node("img", "", { alt: "", decoding: "async" });
    image.addEventListener("error", () => image.remove());
    image.src = url;
    cover.prepend(image);
  }

  close() {
    clearTimeout(this.timer);
    for (const url of this.urls.values()) forgetPicture(url);
  }
}
