/**
 * The list of tracks. It asks the kernel for pages and pictures, and tells it what was opened.
 *
 * All text reaches the page through `textContent`. Every question carries this view's name and a
 * number; an answer with another name or an older number is dropped.
 *
 * @typedef {{id: number, title: string, artist: string, album: string | null,
 *            duration_s: number | null, format: string}} Row
 */

import { hueOf, initialOf } from "./cover.js";
import { clock, countText, icon, node } from "./rows.js";

const TYPING_MS = 120;
const PICTURES_MS = 60;
const MOST_PICTURES = 400;
const SORTS = [
  ["artist", "Artist"],
  ["album", "Album"],
  ["title", "Title"],
  ["duration", "Length"],
  ["added", "Added"],
];

class Library {
  constructor(model, el) {
    this.model = model;
    this.view = `v${Math.random().toString(36).slice(2, 12)}`;
    this.request = 0;
    this.asked = { text: "", sort: null, descending: false };
    /** @type {Row[]} */
    this.rows = [];
    this.more = false;
    this.waiting = false;
    this.active = -1;
    this.pictures = new Map(); // id -> object URL, or "" where there is none
    this.wanted = new Set();
    this.build(el);
    this.onMessage = (message, buffers) => this.receive(message, buffers ?? []);
    this.onSelected = () => this.mark();
    model.on("msg:custom", this.onMessage);
    model.on("change:selected", this.onSelected);
    this.ask();
  }

  build(el) {
    this.field = node("input", "au-field", {
      type: "search",
      placeholder: "Search title, artist, album",
      autocomplete: "off",
      spellcheck: false,
      maxLength: 200,
      "aria-label": "Search the library",
      enterKeyHint: "search",
    });
    this.clear = node("button", "au-clear", { type: "button", hidden: true, "aria-label": "Clear the search" }, icon("clear"));
    this.count = node("span", "au-count", { role: "status" });
    this.sorts = node("div", "au-sorts", { role: "group", "aria-label": "Sort by" });
    for (const [key, label] of SORTS) {
      const button = node("button", "au-sort", { type: "button" }, label);
      button.dataset.sort = key;
      button.addEventListener("click", () => this.sortBy(key));
      this.sorts.append(button);
    }
    this.end = node("div", "au-end", { "aria-hidden": "true" });
    this.items = node("div", "au-items");
    this.note = node("div", "au-note", { hidden: true });
    this.hint = node("div", "au-hint", { hidden: true, role: "status" });
    this.list = node("div", "au-list", { role: "listbox", tabIndex: 0, "aria-label": "Tracks" }, this.items, this.end);
    this.root = node(
      "section",
      "auralis au-library",
      { "aria-label": "Library" },
      node(
        "div",
        "au-top",
        {},
        node("div", "au-searchbox", {}, icon("search"), this.field, this.clear),
        this.hint,
        node("div", "au-bar", {}, this.sorts, this.count),
      ),
      this.note,
      this.list,
    );
    el.append(this.root);
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.keyInField(event));
    this.clear.addEventListener("click", () => this.clearSearch());
    this.list.addEventListener("keydown", (event) => this.keyInList(event));
    this.list.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("dblclick", (event) => this.clicked(event, true));
    this.list.addEventListener("focus", () => this.activate(this.active < 0 ? this.selectedIndex() : this.active));
    this.seen = new IntersectionObserver((entries) => this.came(entries), { root: this.list, rootMargin: "200px" });
    this.seen.observe(this.end);
    this.markSort();
  }

  // Questions

  typed() {
    clearTimeout(this.typing);
    this.clear.hidden = !this.field.value;
    this.typing = setTimeout(() => {
      const text = this.field.value.trim();
      if (text === this.asked.text) return;
      const began = Boolean(text) !== Boolean(this.asked.text);
      this.asked = began ? { text, sort: null, descending: false } : { ...this.asked, text };
      this.markSort();
      this.ask();
    }, TYPING_MS);
  }

  clearSearch() {
    this.field.value = "";
    this.typed();
    this.field.focus();
  }

  sortBy(key) {
    const same = (this.asked.sort ?? (this.asked.text ? null : "artist")) === key;
    this.asked = { ...this.asked, sort: key, descending: same ? !this.asked.descending : key === "added" };
    this.markSort();
    this.ask();
  }

  /** @param {number | null} after */
  ask(after = null) {
    this.request += 1;
    this.waiting = true;
    const text = after === null ? this.asked.text : (this.instead ?? this.asked.text);
    this.model.send({ type: "query", view: this.view, request: this.request, after, ...this.asked, text });
  }

  askForPictures(id) {
    if (this.pictures.has(id)) return;
    this.wanted.add(id);
    this.fetching ??= setTimeout(() => {
      this.fetching = undefined;
      const ids = [...this.wanted].slice(0, 60);
      for (const one of ids) {
        this.wanted.delete(one);
        this.pictures.set(one, "");
      }
      this.model.send({ type: "pictures", view: this.view, ids });
      const left = [...this.wanted][0];
      if (left !== undefined) this.askForPictures(left);
    }, PICTURES_MS);
  }

  // Answers

  receive(message, buffers) {
    if (message.view !== this.view) return;
    if (message.type === "picture") {
      this.keepPicture(message.id, buffers[0]);
      return;
    }
    if (message.request !== this.request) return;
    this.waiting = false;
    if (message.type === "failed") this.say("The library did not answer", message.message);
    else if (message.type === "refused") this.suggest(message.message);
    else if (message.type === "rows") this.show(message);
  }

  show(answer) {
    if (answer.first) {
      this.instead = answer.instead;
      this.suggest(answer.instead ? `Nothing matches “${this.asked.text}”; showing “${answer.instead}”` : "");
      this.rows = [];
      this.items.replaceChildren();
      this.list.scrollTop = 0;
      this.active = -1;
      this.list.removeAttribute("aria-activedescendant");
    }
    const from = this.rows.length;
    this.rows.push(...answer.rows);
    this.items.append(...answer.rows.map((row, n) => this.item(row, from + n)));
    this.more = answer.more;
    this.count.textContent = countText(answer.count, this.asked.text);
    this.mark();
    if (this.rows.length) this.say();
    else if (this.asked.text) {
      this.say(
        `Nothing matches “${this.asked.text}”`,
        "Try fewer letters or another word. Capitals and accents do not matter. Filters such as genre:jazz or year:1970..1979 work as well.",
      );
    } else this.say("No music here yet", "Scan a folder with “auralis scan FOLDER”, then reload this page.");
    // The end may still be in sight after a short page: ask whether it is.
    this.seen.unobserve(this.end);
    this.seen.observe(this.end);
  }

  /** @param {Row} row @param {number} index */
  item(row, index) {
    const cover = node("span", "au-cover", { "aria-hidden": "true" });
    cover.style.setProperty("--hue", String(hueOf(row.album || row.artist || row.title)));
    cover.append(node("span", "au-initial", {}, initialOf(row.album || row.title)), node("span", "au-playmark", {}, icon("play")));
    const piece = (className, text) => {
      const made = node("span", className, { dir: "auto" });
      made.textContent = text ?? "";
      return made;
    };
    const item = node(
      "div",
      "au-row",
      { role: "option", id: `${this.view}-${index}`, title: [row.title, row.artist, row.album].filter(Boolean).join("\n") },
      cover,
      piece("au-title", row.title),
      node(
        "span",
        "au-sub",
        {},
        piece("au-artist", row.artist || "Unknown artist"),
        node("span", "au-dot", { hidden: !row.album }, " · "),
        piece("au-album", row.album),
      ),
      piece("au-format", row.format),
      piece("au-length", clock(row.duration_s)),
    );
    item.dataset.index = String(index);
    const picture = this.pictures.get(row.id);
    if (picture) this.putPicture(item, picture);
    else this.seen.observe(item);
    return item;
  }

  keepPicture(id, data) {
    if (!data) return;
    const url = URL.createObjectURL(new Blob([data]));
    this.pictures.set(id, url);
    if (this.pictures.size > MOST_PICTURES) {
      const [oldest, old] = this.pictures.entries().next().value;
      this.pictures.delete(oldest);
      if (old) URL.revokeObjectURL(old);
    }
    this.rows.forEach((row, index) => {
      if (row.id === id) this.putPicture(this.items.children[index], url);
    });
  }

  putPicture(item, url) {
    const cover = item?.querySelector(".au-cover");
    if (!cover || cover.querySelector("img")) return;
    const image = node("img", "", { alt: "", decoding: "async" });
    image.addEventListener("error", () => image.remove());
    image.src = url;
    cover.prepend(image);
  }

  came(entries) {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      if (entry.target === this.end) {
        if (this.more && !this.waiting) this.ask(this.rows.at(-1).id);
      } else {
        this.seen.unobserve(entry.target);
        this.askForPictures(this.rows[Number(entry.target.dataset.index)].id);
      }
    }
  }

  // What is marked

  suggest(text) {
    this.hint.hidden = !text;
    this.hint.textContent = text && text[0].toUpperCase() + text.slice(1);
  }

  say(head = "", text = "") {
    this.note.hidden = !head;
    this.list.hidden = Boolean(head);
    this.note.replaceChildren(node("strong", "", {}, head), node("p", "", {}, text));
  }

  markSort() {
    const sort = this.asked.sort ?? (this.asked.text ? null : "artist");
    for (const button of this.sorts.children) {
      const on = button.dataset.sort === sort;
      button.setAttribute("aria-pressed", String(on));
      button.dataset.direction = on ? (this.asked.descending ? "down" : "up") : "";
      button.title = on ? (this.asked.descending ? "Descending" : "Ascending") : "";
    }
  }

  mark() {
    const selected = this.model.get("selected");
    this.rows.forEach((row, index) => {
      this.items.children[index].setAttribute("aria-selected", String(row.id === selected));
    });
  }

  selectedIndex() {
    const selected = this.model.get("selected");
    return Math.max(0, this.rows.findIndex((row) => row.id === selected));
  }

  activate(index) {
    if (!this.rows.length) return;
    this.items.children[this.active]?.classList.remove("au-active");
    this.active = Math.min(Math.max(index, 0), this.rows.length - 1);
    const item = this.items.children[this.active];
    item.classList.add("au-active");
    item.scrollIntoView({ block: "nearest" });
    this.list.setAttribute("aria-activedescendant", item.id);
  }

  // What the listener does

  open(index, play) {
    const row = this.rows[index];
    if (row) this.model.send({ type: "open", id: row.id, play });
  }

  clicked(event, play = false) {
    const item = event.target.closest(".au-row");
    if (!item) return;
    const index = Number(item.dataset.index);
    this.activate(index);
    this.open(index, play || Boolean(event.target.closest(".au-cover")));
  }

  keyInField(event) {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.list.focus();
      this.activate(0);
    } else if (event.key === "Enter" && this.rows.length) {
      this.activate(0);
      this.open(0, true);
    } else if (event.key === "Escape" && this.field.value) {
      event.preventDefault();
      this.clearSearch();
    }
  }

  keyInList(event) {
    const page = Math.max(1, Math.floor(this.list.clientHeight / (this.items.firstChild?.offsetHeight || 56)) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "ArrowUp" && this.active <= 0) this.field.focus();
    else if (event.key in moves) this.activate(this.active + moves[event.key]);
    else if (event.key === "Enter") this.open(this.active, true);
    else return;
    event.preventDefault();
    event.stopPropagation(); // JupyterLab moves between cells with the same keys
  }

  dispose() {
    clearTimeout(this.typing);
    clearTimeout(this.fetching);
    this.seen.disconnect();
    this.model.off("msg:custom", this.onMessage);
    this.model.off("change:selected", this.onSelected);
    for (const url of this.pictures.values()) if (url) URL.revokeObjectURL(url);
  }
}

export default {
  render({ model, el }) {
    const library = new Library(model, el);
    return () => library.dispose();
  },
};
