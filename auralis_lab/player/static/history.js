/**
 * What was heard, the latest first, under the day it was heard on.
 *
 * @typedef {{play: number, at: string, heard_s: number, finished: boolean, counted: boolean,
 *            preset: string | null, row: object | null}} PlayRow
 */

import { coverOf } from "./pictures.js";
import { icon, lengthText, node } from "./rows.js";

const DAY_MS = 86_400_000;

/** @param {Date} at @param {Date} now */
export function dayName(at, now) {
  const start = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  const days = Math.round((start(now) - start(at)) / DAY_MS);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const options = { weekday: "long", day: "numeric", month: "long" };
  if (at.getFullYear() !== now.getFullYear()) options.year = "numeric";
  return at.toLocaleDateString("en-GB", options);
}

/** What a play was: to the end is one of which enough was heard before. @param {PlayRow} play */
export function playFacts(play) {
  const heard = play.finished && play.counted ? "to the end" : `${lengthText(play.heard_s)} heard`;
  return [heard, play.preset ?? "original", play.counted ? "" : "not counted"].filter(Boolean).join(" · ");
}

/** Emits "open" (detail: {row, play: true}), "menu" ({row, at, play}) and "end". */
export class HistoryList extends EventTarget {
  constructor(pictures) {
    super();
    this.pictures = pictures;
    this.plays = [];
    this.more = false;
    this.day = "";
    this.end = node("div", "au-end", { "aria-hidden": "true" });
    this.items = node("div", "au-items");
    this.root = node("div", "au-list au-history", { hidden: true }, this.items, this.end);
    this.items.addEventListener("click", (event) => this.clicked(event));
    this.items.addEventListener("contextmenu", (event) => this.pointed(event));
    this.seen = new IntersectionObserver(
      (entries) => {
        if (this.more && entries.some((entry) => entry.isIntersecting)) this.dispatchEvent(new Event("end"));
      },
      { root: this.root, rootMargin: "300px" },
    );
    this.seen.observe(this.end);
  }

  /** @param {PlayRow[]} plays @param {{first: boolean, more: boolean}} page */
  show(plays, { first, more }) {
    if (first) {
      this.plays = [];
      this.day = "";
      this.items.replaceChildren();
    }
    const now = new Date();
    for (const play of plays) {
      const at = new Date(play.at);
      const day = dayName(at, now);
      if (day !== this.day) this.items.append(node("h3", "au-day", {}, day));
      this.day = day;
      this.items.append(this.item(play, at, this.plays.length));
      this.plays.push(play);
    }
    this.more = more;
    this.seen.unobserve(this.end);
    this.seen.observe(this.end);
  }

  item(play, at, index) {
    const row = play.row ?? { title: "No longer in the library", artist: "", album: null };
    const text = (className, words) => {
      const made = node("span", className, { dir: "auto" });
      made.textContent = words;
      return made;
    };
    const cover = coverOf(row);
    const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const open = node(
      "button",
      "au-row au-play",
      { type: "button", disabled: !play.row, title: "Play again" },
      cover,
      text("au-title", row.artist ? `${row.title} – ${row.artist}` : row.title),
      text("au-sub", playFacts(play)),
      text("au-length", time),
    );
    const more = node("button", "au-more", { type: "button", "aria-label": `More about ${row.title}`, title: "More" }, icon("more"));
    const item = node("div", "au-played", {}, open, more);
    item.dataset.index = String(index);
    item.toggleAttribute("data-uncounted", !play.counted);
    if (play.row) this.pictures.fill(cover, play.row.id);
    return item;
  }

  clicked(event) {
    const item = event.target.closest(".au-played");
    if (!item) return;
    const play = this.plays[Number(item.dataset.index)];
    const more = event.target.closest(".au-more");
    if (more) {
      const box = more.getBoundingClientRect();
      this.tell("menu", { row: play.row, play, at: { x: box.left, y: box.bottom }, back: more });
    } else if (play.row) this.tell("open", { row: play.row, play: true });
  }

  pointed(event) {
    const item = event.target.closest(".au-played");
    if (!item) return;
    event.preventDefault();
    const play = this.plays[Number(item.dataset.index)];
    this.tell("menu", { row: play.row, play, at: { x: event.clientX, y: event.clientY }, back: item.querySelector("button") });
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  close() {
    this.seen.disconnect();
  }
}
