/**
 * A list of tracks that grows by pages, with a menu for each row.
 *
 * All text reaches the page through `textContent`.
 *
 * @typedef {{id: number, title: string, artist: string, album: string | null, album_id: ?number,
 *            duration_s: number | null, format: string, favourite: boolean, stars: number | null,
 *            plays: number, reason?: string}} Row
 */

import { Choice } from "./choice.js";
import { coverOf } from "./pictures.js";
import { icon, lengthText, node } from "./rows.js";
import { spokenStars } from "./stars.js";

/** What of a track is shown of it, and in which order the class names follow. */
function piece(className, text) {
  const made = node("span", className, { dir: "auto" });
  made.textContent = text ?? "";
  return made;
}

const CARRIED = "application/x-auralis-tracks";
const MOST = 1000;

/**
 * Emits "open" (detail: {row, play}), "menu" (detail: {row, at}), "favourite" (detail: rows),
 * "queue" (detail: {do, rows}), "chosen" when other rows are chosen together, "top" when the focus
 * leaves upwards, and "end" when more rows are wanted.
 */
export class TrackList extends EventTarget {
  /** @param {import("./pictures.js").CoverPictures} pictures @param {string} label */
  constructor(pictures, label) {
    super();
    this.pictures = pictures;
    this.name = `t${Math.random().toString(36).slice(2, 9)}`;
    /** @type {Row[]} */
    this.rows = [];
    this.more = false;
    this.active = -1;
    this.selected = null;
    this.choice = new Choice();
    this.end = node("div", "au-end", { "aria-hidden": "true" });
    this.items = node("div", "au-items", { role: "presentation" });
    this.root = node("div", "au-list", { role: "listbox", tabIndex: 0, "aria-label": label, "aria-multiselectable": "true" }, this.items, this.end);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("click", (event) => this.clicked(event));
    this.root.addEventListener("dblclick", (event) => this.clicked(event, true));
    this.root.addEventListener("dragstart", (event) => this.carry(event));
    this.root.addEventListener("contextmenu", (event) => this.pointed(event));
    this.root.addEventListener("focus", () => this.activate(this.active < 0 ? this.selectedIndex() : this.active));
    this.seen = new IntersectionObserver((entries) => this.came(entries), { root: this.root, rootMargin: "200px" });
    this.seen.observe(this.end);
  }

  /** @param {Row[]} rows @param {{first: boolean, more: boolean}} page */
  show(rows, { first, more }) {
    if (first) {
      this.rows = [];
      this.items.replaceChildren();
      this.root.scrollTop = 0;
      this.active = -1;
      this.choice.clear();
      this.chose();
      this.root.removeAttribute("aria-activedescendant");
    }
    const from = this.rows.length;
    this.rows.push(...rows);
    this.items.append(...rows.map((row, n) => this.item(row, from + n)));
    this.more = more;
    this.select(this.selected);
    // The end may still be in sight after a short page: ask whether it is.
    this.seen.unobserve(this.end);
    this.seen.observe(this.end);
  }

  /** @param {Row} row @param {number} index */
  item(row, index) {
    const cover = coverOf(row);
    const heart = node("span", "au-heart", { "aria-hidden": "true" }, icon("heart"));
    const more = node("span", "au-more", { "aria-hidden": "true", title: "More (M)" }, icon("more"));
    const sub = row.reason
      ? node("span", "au-sub au-reason", {}, piece("au-artist", row.reason))
      : node("span", "au-sub", {}, piece("au-artist", row.artist || "Unknown artist"), node("span", "au-dot", { hidden: !row.album }, " · "), piece("au-album", row.album));
    const item = node(
      "div",
      "au-row",
      { role: "option", id: `${this.name}-${index}`, draggable: true, title: [row.title, row.artist, row.album, row.reason].filter(Boolean).join("\n") },
      cover,
      piece("au-title", row.reason && row.artist ? `${row.title} – ${row.artist}` : row.title),
      sub,
      piece("au-format", row.format),
      heart,
      piece("au-length", lengthText(row.duration_s)),
      more,
    );
    item.dataset.index = String(index);
    this.mark(item, row);
    this.seen.observe(item);
    return item;
  }

  mark(item, row) {
    item.toggleAttribute("data-favourite", row.favourite);
    item.querySelector(".au-heart").title = row.favourite ? "No longer a favourite" : "Favourite";
    const marks = [row.favourite && "favourite", row.stars && spokenStars(row.stars)];
    const names = [row.title, row.artist || "Unknown artist", row.album, row.reason, row.format, lengthText(row.duration_s)];
    item.setAttribute("aria-label", [...names, ...marks].filter(Boolean).join(", "));
  }

  /** @param {{id: number, favourite: boolean, stars: ?number, plays: number}[]} marks */
  takeMarks(marks) {
    const known = new Map(marks.map((mark) => [mark.id, mark]));
    this.rows.forEach((row, index) => {
      if (!known.has(row.id)) return;
      Object.assign(row, known.get(row.id));
      this.mark(this.items.children[index], row);
    });
  }

  select(id) {
    this.selected = id;
    this.rows.forEach((row, index) => {
      const item = this.items.children[index];
      item.setAttribute("aria-current", String(row.id === id));
      item.setAttribute("aria-selected", String(this.choice.has(index)));
    });
  }

  // Rows chosen together

  /** The rows that an act is for: those chosen, else the one it was asked of. */
  meant(index) {
    const indices = this.choice.size && this.choice.has(index) ? this.choice.sorted.slice(0, MOST) : [index];
    return indices.map((n) => this.rows[n]).filter(Boolean);
  }

  get chosen() {
    return this.choice.sorted.slice(0, MOST).map((n) => this.rows[n]).filter(Boolean);
  }

  unchoose() {
    this.choice.start(this.active);
    this.chose();
  }

  chose() {
    this.rows.forEach((_, index) => {
      this.items.children[index].setAttribute("aria-selected", String(this.choice.has(index)));
    });
    this.dispatchEvent(new Event("chosen"));
  }

  /** Choose more rows, or fewer; true if the keys held say so. */
  chooses(event, index) {
    if (event.shiftKey) this.choice.reach(index, Math.max(0, this.active));
    else if (event.ctrlKey || event.metaKey) this.choice.toggle(index);
    else return false;
    this.activate(index);
    this.chose();
    return true;
  }

  /** Take rows along to where they may be dropped. */
  carry(event) {
    const index = this.indexOf(event);
    if (index < 0) return;
    const rows = this.meant(index);
    event.dataTransfer.setData(CARRIED, JSON.stringify(rows.map((row) => row.id)));
    event.dataTransfer.setData("text/plain", rows.map((row) => [row.artist, row.title].filter(Boolean).join(" – ")).join("\n"));
    event.dataTransfer.effectAllowed = "copy";
  }

  // What the listener does

  selectedIndex() {
    return Math.max(0, this.rows.findIndex((row) => row.id === this.selected));
  }

  came(entries) {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      if (entry.target === this.end) {
        if (this.more) this.dispatchEvent(new Event("end"));
      } else {
        this.seen.unobserve(entry.target);
        const row = this.rows[Number(entry.target.dataset.index)];
        if (row) this.pictures.fill(entry.target.querySelector(".au-cover"), row.id);
      }
    }
  }

  activate(index) {
    if (!this.rows.length) return;
    this.items.children[this.active]?.classList.remove("au-active");
    this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
    const item = this.items.children[this.active];
    item.classList.add("au-active");
    item.scrollIntoView({ block: "nearest" });
    this.root.setAttribute("aria-activedescendant", item.id);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  open(index, play) {
    const row = this.rows[index];
    if (row) this.tell("open", { row, play });
  }

  menu(index, at = null) {
    const row = this.rows[index];
    if (!row) return;
    const box = this.items.children[index].getBoundingClientRect();
    this.tell("menu", { row, at: at ?? { x: box.left + 56, y: box.bottom - 6 } });
  }

  indexOf(event) {
    const item = event.target.closest(".au-row");
    return item ? Number(item.dataset.index) : -1;
  }

  clicked(event, again = false) {
    const index = this.indexOf(event);
    if (index < 0 || this.chooses(event, index)) return;
    this.activate(index);
    if (event.target.closest(".au-more")) {
      const box = event.target.closest(".au-more").getBoundingClientRect();
      if (!again) this.menu(index, { x: box.left, y: box.bottom });
    } else if (event.target.closest(".au-heart")) {
      if (!again) this.tell("favourite", [this.rows[index]]);
    } else {
      if (this.choice.size) this.unchoose();
      this.choice.start(index);
      const cover = Boolean(event.target.closest(".au-cover"));
      if (!again || !cover) this.open(index, again || cover);
    }
  }

  pointed(event) {
    const index = this.indexOf(event);
    if (index < 0) return;
    event.preventDefault();
    this.activate(index);
    this.menu(index, { x: event.clientX, y: event.clientY });
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.root.clientHeight / 56) - 1);
    const { active } = this;
    const go = { ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page, Home: 0, End: this.rows.length - 1 };
    const letter = event.key.toLowerCase();
    if (event.altKey || ((event.ctrlKey || event.metaKey) && ![" ", "a"].includes(letter))) return;
    const held = event.ctrlKey || event.metaKey;
    if (held && letter === "a") {
      this.choice.all(this.rows.length);
      this.chose();
    } else if (held) this.chooses(event, active);
    else if (event.key === "Escape" && this.choice.size) this.unchoose();
    else if (event.shiftKey && event.key in go) {
      const index = Math.min(Math.max(go[event.key], 0), this.rows.length - 1);
      this.chooses(event, index);
    } else if (event.key === "ArrowUp" && active <= 0) this.dispatchEvent(new Event("top"));
    else if (event.key in go) this.activate(go[event.key]);
    else if (event.key === "Enter" && this.choice.size > 1) this.tell("queue", { do: "play", rows: this.chosen });
    else if (event.key === "Enter") this.open(active, true);
    else if (event.key === " ") this.open(active, false);
    else if (letter === "m" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) this.menu(active);
    else if (letter === "f" && this.rows[active]) this.tell("favourite", this.meant(active));
    else if (letter === "n" && this.rows[active]) this.tell("queue", { do: "next", rows: this.meant(active) });
    else if (letter === "a" && this.rows[active]) this.tell("queue", { do: "add", rows: this.meant(active) });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  close() {
    this.seen.disconnect();
  }
}
