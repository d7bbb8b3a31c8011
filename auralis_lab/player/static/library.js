/**
 * The library: tracks with facets, albums, and what was heard, under one search field.
 *
 * All text reaches the page through `textContent`.
 */

import { AlbumWall, albumHead } from "./albums.js";
import { Asker } from "./ask.js";
import { FacetPanel } from "./facets.js";
import { HistoryList } from "./history.js";
import { RowMenu } from "./menu.js";
import { CoverPictures } from "./pictures.js";
import { countText, icon, node } from "./rows.js";
import { starBar } from "./stars.js";
import { TrackList } from "./tracks.js";

const TYPING_MS = 120;
const TABS = { tracks: "Tracks", albums: "Albums", history: "History" };
const SORTS = {
  tracks: [["artist", "Artist"], ["album", "Album"], ["title", "Title"], ["year", "Year"], ["duration", "Length"], ["added", "Added"], ["plays", "Plays"]],
  albums: [["title", "Title"], ["artist", "Artist"], ["year", "Year"], ["added", "Added"]],
  history: [],
};
const DOWNWARDS = new Set(["added", "plays"]);

class Library {
  constructor(model, el) {
    this.model = model;
    this.tab = "tracks";
    this.asked = { text: "", sort: null, descending: false, favourites: false };
    this.albumOrder = { sort: "title", descending: false };
    this.album = null; // the one that is open
    this.like = null; // the track that others are to sound like
    this.asker = new Asker(model, (problem) => this.suggest(problem));
    this.pictures = new CoverPictures((message) => model.send(message), this.asker.view);
    this.facets = new FacetPanel();
    this.tracks = new TrackList(this.pictures, "Tracks");
    this.inside = new TrackList(this.pictures, "Tracks of the album");
    this.wall = new AlbumWall(this.pictures);
    this.history = new HistoryList(this.pictures);
    this.menu = new RowMenu();
    this.build(el);
    this.listen();
    this.showTab("tracks");
  }

  build(el) {
    this.field = node("input", "au-field", { type: "search", placeholder: "Search title, artist, album", autocomplete: "off", spellcheck: false, maxLength: 200, "aria-label": "Search the library", enterKeyHint: "search" });
    this.clear = node("button", "au-clear", { type: "button", hidden: true, "aria-label": "Clear the search" }, icon("clear"));
    this.searchBox = node("div", "au-searchbox", {}, icon("search"), this.field, this.clear);
    this.badge = node("span", "au-badge", { hidden: true });
    this.filter = node("button", "au-toggle", { type: "button", title: "Filters", "aria-label": "Filters", "aria-expanded": "false" }, icon("filter"), this.badge);
    this.hearts = node("button", "au-toggle", { type: "button", title: "Favourites only", "aria-label": "Favourites only", "aria-pressed": "false" }, icon("heart"));
    this.tabs = node("div", "au-tabs", { role: "tablist", "aria-label": "Library" });
    for (const [key, label] of Object.entries(TABS)) {
      const tab = node("button", "au-tab", { type: "button", role: "tab", id: `${this.asker.view}-${key}` }, label);
      tab.dataset.tab = key;
      tab.addEventListener("click", () => this.showTab(key));
      this.tabs.append(tab);
    }
    this.count = node("span", "au-count", { role: "status" });
    this.sorts = node("div", "au-sorts", { role: "group", "aria-label": "Sort by" });
    this.hint = node("div", "au-hint", { hidden: true, role: "status" });
    this.note = node("div", "au-note", { hidden: true });
    this.crumb = node("div", "au-crumb", { hidden: true });
    this.albumTop = node("div", "au-album-top", { hidden: true });
    this.root = node(
      "section",
      "auralis au-library",
      { "aria-label": "Library" },
      node("div", "au-top", {}, node("div", "au-find", {}, this.searchBox, this.hearts, this.filter), node("div", "au-bar", {}, this.tabs, this.count), this.facets.chips, this.hint, this.sorts),
      this.facets.root,
      this.crumb,
      this.albumTop,
      this.note,
      this.tracks.root,
      this.wall.root,
      this.inside.root,
      this.history.root,
    );
    el.append(this.root);
  }

  listen() {
    const { asker, model } = this;
    asker.listen("picture", (message, buffers) => this.pictures.keep(message.id, buffers[0]));
    asker.listen("marks", (message) => {
      this.tracks.takeMarks(message.marks);
      this.inside.takeMarks(message.marks);
    });
    asker.listen("problem", (message) => this.suggest(message.message));
    this.onSelected = () => [this.tracks, this.inside].forEach((list) => list.select(model.get("selected")));
    this.onHeard = () => this.tab === "history" && this.askHistory();
    model.on("change:selected", this.onSelected);
    model.on("change:heard", this.onHeard);
    this.onSelected();
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.keyInField(event));
    this.clear.addEventListener("click", () => this.clearSearch());
    this.filter.addEventListener("click", () => this.toggleFacets());
    this.hearts.addEventListener("click", () => this.toggleFavourites());
    this.tabs.addEventListener("keydown", (event) => this.keyInTabs(event));
    this.facets.addEventListener("change", () => this.narrowed());
    for (const list of [this.tracks, this.inside]) {
      list.addEventListener("open", ({ detail }) => this.open(detail));
      list.addEventListener("menu", ({ detail }) => this.openMenu(detail, list.root));
      list.addEventListener("favourite", ({ detail }) => this.favour(detail));
      list.addEventListener("queue", ({ detail }) => this.queue(detail.do, detail.row));
    }
    this.tracks.addEventListener("top", () => this.field.focus());
    this.tracks.addEventListener("end", () => this.like || this.askTracks(this.tracks.rows.at(-1)?.id));
    this.wall.addEventListener("open", ({ detail }) => this.openAlbum(detail.id));
    this.wall.addEventListener("play", ({ detail }) => this.gather("play", { album: detail.id }));
    this.wall.addEventListener("end", () => this.askAlbums(this.wall.albums.at(-1)?.id));
    this.history.addEventListener("open", ({ detail }) => this.open(detail));
    this.history.addEventListener("menu", ({ detail }) => this.openMenu(detail, detail.back));
    this.history.addEventListener("end", () => this.askHistory(this.history.plays.at(-1)?.play));
  }

  // What is shown

  showTab(tab) {
    this.tab = tab;
    for (const type of ["similar", "album"]) this.asker.forget(type);
    for (const button of this.tabs.children) {
      const on = button.dataset.tab === tab;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    this.album = null;
    this.suggest("");
    this.say();
    const tracks = tab === "tracks";
    this.filter.hidden = this.hearts.hidden = !tracks;
    this.searchBox.parentElement.hidden = tab === "history";
    this.facets.chips.hidden = !tracks || !this.facets.count;
    this.facets.root.hidden = !tracks || this.filter.getAttribute("aria-expanded") !== "true";
    this.field.placeholder = tracks ? "Search title, artist, album" : "Search albums";
    this.markSort();
    this.arrange();
    if (tracks) this.askTracks();
    else if (tab === "albums") this.askAlbums();
    else this.askHistory();
  }

  arrange() {
    const { tab, album } = this;
    this.tracks.root.hidden = tab !== "tracks";
    this.crumb.hidden = tab !== "tracks" || !this.like;
    this.wall.root.hidden = tab !== "albums" || Boolean(album);
    this.albumTop.hidden = this.inside.root.hidden = tab !== "albums" || !album;
    this.history.root.hidden = tab !== "history";
    this.sorts.hidden = tab === "history" || Boolean(album) || Boolean(this.like && tab === "tracks");
    if (tab === "history" || album) this.count.textContent = "";
  }

  filters() {
    return { text: this.asked.text, chosen: this.facets.chosen, ranges: this.facets.ranges, favourites: this.asked.favourites };
  }

  /** @param {number | null} after */
  askTracks(after = null) {
    if (after !== null && this.asker.waits("query")) return;
    if (after === null) this.unlike();
    const { sort, descending } = this.asked;
    const filter = after === null || !this.instead ? this.filters() : { text: this.instead };
    this.asker.ask({ type: "query", filter, sort, descending, after }, (answer) => this.showTracks(answer), (why) => this.suggest(why));
    if (after === null && !this.facets.root.hidden) this.askFacets();
  }

  askFacets() {
    this.asker.ask({ type: "facets", filter: this.filters() }, (answer) => this.facets.show(answer), () => {});
  }

  askAlbums(after = null) {
    if (after !== null && this.asker.waits("albums")) return;
    this.asker.ask({ type: "albums", text: this.asked.text, ...this.albumOrder, after }, (answer) => this.showAlbums(answer));
  }

  askHistory(after = null) {
    if (after !== null && this.asker.waits("history")) return;
    this.asker.ask({ type: "history", after }, (answer) => {
      this.history.show(answer.plays, answer);
      const none = !this.history.plays.length;
      if (this.tab === "history") this.say(none ? "Nothing heard yet" : "", "What you play is listed here. A play counts after 30 seconds or half of the track.");
    });
  }

  showTracks(answer) {
    const { text } = this.asked;
    if (answer.first) {
      this.instead = answer.instead;
      this.suggest(answer.instead ? `Nothing matches “${text}”; showing “${answer.instead}”` : "");
    }
    this.tracks.show(answer.rows, answer);
    if (this.tab !== "tracks") return;
    const narrowed = text || this.facets.count || this.asked.favourites;
    this.count.textContent = countText(answer.count, narrowed ? "filtered" : "");
    if (this.tracks.rows.length) this.say();
    else if (this.asked.favourites && !text) this.say("No favourites here yet", "The heart of a row makes it one.");
    else if (narrowed) this.say(text ? `Nothing matches “${text}”` : "Nothing matches", "Try fewer letters or another word, or take a filter away. Capitals and accents do not matter. Filters such as genre:jazz or year:1970..1979 work as well.");
    else this.say("No music here yet", "Scan a folder with “auralis scan FOLDER”, then reload this page.");
  }

  showAlbums(answer) {
    this.wall.show(answer.albums, answer);
    if (this.tab !== "albums" || this.album) return;
    const found = this.wall.albums.length;
    this.count.textContent = answer.more ? "" : `${found} ${found === 1 ? "album" : "albums"}`;
    this.say(found ? "" : "No album matches", "Albums are searched by their title and their artist.");
  }

  openAlbum(id) {
    this.asker.ask({ type: "album", id }, ({ album, rows }) => {
      if (this.tab !== "albums") this.showTab("albums");
      this.suggest("");
      this.album = album;
      const queue = (how) => () => this.gather(how, { album: album.id });
      const back = () => {
        this.album = null;
        this.arrange();
        this.showAlbums({ albums: [], first: false, more: this.wall.more });
      };
      this.albumTop.replaceChildren(albumHead(album, this.pictures, { back, play: queue("play"), next: queue("next"), add: queue("add") }));
      this.say();
      this.arrange();
      this.inside.show(rows, { first: true, more: false });
    });
  }

  /** Tracks that sound like one, in place of those that were found. */
  soundsLike(row) {
    this.asker.ask({ type: "similar", id: row.id }, (answer) => {
      this.asker.forget("query");
      if (this.tab !== "tracks") this.showTab("tracks");
      this.asker.forget("query");
      this.like = answer.of;
      const back = node("button", "au-back", { type: "button", "aria-label": "Back to all tracks", title: "Back" }, icon("back"));
      back.addEventListener("click", () => this.askTracks());
      const name = node("span", "", { dir: "auto" });
      name.textContent = `Sounds like “${answer.of.title}”`;
      this.crumb.replaceChildren(back, name);
      this.suggest("");
      this.say(answer.rows.length ? "" : "Nothing to compare with yet", "Measure the library with “auralis analyze”, then look again.");
      this.arrange();
      this.tracks.show(answer.rows, { first: true, more: false });
      this.count.textContent = "";
    }, () => this.suggest("This track is not measured yet: play it once, or run “auralis analyze”, and ask again."));
  }

  unlike() {
    this.like = null;
    this.arrange();
  }

  suggest(text) {
    this.hint.hidden = !text;
    this.hint.textContent = text && text[0].toUpperCase() + text.slice(1);
  }

  say(head = "", text = "") {
    this.note.hidden = !head;
    if (head) this.note.replaceChildren(node("strong", "", {}, head), node("p", "", {}, text));
    const list = { tracks: this.tracks, albums: this.album ? this.inside : this.wall, history: this.history }[this.tab];
    list.root.hidden = Boolean(head);
  }

  // Orders and filters

  order() {
    return this.tab === "albums" ? this.albumOrder : { ...this.asked, sort: this.asked.sort ?? (this.asked.text ? null : "artist") };
  }

  markSort() {
    const { sort, descending } = this.order();
    this.sorts.replaceChildren(
      ...SORTS[this.tab].map(([key, label]) => {
        const on = key === sort;
        const button = node("button", "au-sort", { type: "button", "aria-pressed": String(on), title: on ? (descending ? "Descending" : "Ascending") : "" }, label);
        button.dataset.sort = key;
        button.dataset.direction = on ? (descending ? "down" : "up") : "";
        button.addEventListener("click", () => this.sortBy(key));
        return button;
      }),
    );
  }

  sortBy(key) {
    const { sort, descending } = this.order();
    const order = { sort: key, descending: sort === key ? !descending : DOWNWARDS.has(key) };
    if (this.tab === "albums") this.albumOrder = order;
    else this.asked = { ...this.asked, ...order };
    this.markSort();
    if (this.tab === "albums") this.askAlbums();
    else this.askTracks();
    this.sorts.querySelector(`[data-sort=${key}]`).focus();
  }

  typed() {
    clearTimeout(this.typing);
    this.clear.hidden = !this.field.value;
    this.typing = setTimeout(() => {
      const text = this.field.value.trim();
      if (text === this.asked.text) return;
      const began = Boolean(text) !== Boolean(this.asked.text);
      this.asked = began ? { ...this.asked, text, sort: null, descending: false } : { ...this.asked, text };
      if (this.tab === "albums") this.showTab("albums");
      else this.narrowed();
    }, TYPING_MS);
  }

  narrowed() {
    const { count } = this.facets;
    this.badge.hidden = !count;
    this.badge.textContent = String(count);
    this.markSort();
    this.askTracks();
  }

  clearSearch() {
    this.field.value = "";
    this.typed();
    this.field.focus();
  }

  toggleFacets() {
    const open = this.filter.getAttribute("aria-expanded") !== "true";
    this.filter.setAttribute("aria-expanded", String(open));
    this.facets.root.hidden = !open;
    if (open) this.askFacets();
  }

  toggleFavourites() {
    const favourites = !this.asked.favourites;
    this.asked = { ...this.asked, favourites };
    this.hearts.setAttribute("aria-pressed", String(favourites));
    this.askTracks();
  }

  // What the listener does

  open({ row, play }) {
    this.model.send({ type: "open", id: row.id, play });
  }

  queue(how, row) {
    this.model.send({ type: "queue", do: how, ids: [row.id] });
    this.suggest(how === "next" ? `${row.title} plays next` : `${row.title} is in the queue`);
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => this.suggest(""), 4000);
  }

  gather(how, what) {
    this.model.send({ type: "gather", do: how, ...what });
  }

  favour(row) {
    this.model.send({ type: "favourite", ids: [row.id], on: !row.favourite });
  }

  openMenu({ row, at, play }, back) {
    const items = [];
    if (row) {
      items.push({ label: "Play", icon: "play", hint: "Enter", act: () => this.open({ row, play: true }) });
      items.push({ label: "Play next", hint: "N", act: () => this.queue("next", row) });
      items.push({ label: "Add to queue", hint: "A", act: () => this.queue("add", row) });
      items.push(null);
      items.push({ label: "Sounds like this", act: () => this.soundsLike(row) });
      if (row.album_id !== null && row.album_id !== this.album?.id) items.push({ label: "Go to album", act: () => this.openAlbum(row.album_id) });
      if (row.favourite !== undefined) {
        items.push(null);
        items.push({ label: row.favourite ? "No longer a favourite" : "Favourite", icon: "heart", hint: "F", act: () => this.favour(row) });
        items.push(starBar(row.stars, (stars) => this.model.send({ type: "rate", ids: [row.id], stars })));
      }
    }
    if (play) items.push({ label: "Take out of the history", act: () => this.model.send({ type: "forget", play: play.play }) });
    if (items.length) this.menu.open(items, at, row?.title ?? "Play", back);
  }

  keyInField(event) {
    if (this.tab !== "tracks") return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.tracks.root.focus();
      this.tracks.activate(0);
    } else if (event.key === "Enter" && this.tracks.rows.length) {
      this.tracks.activate(0);
      this.open({ row: this.tracks.rows[0], play: true });
    } else if (event.key === "Escape" && this.field.value) {
      event.preventDefault();
      this.clearSearch();
    }
  }

  keyInTabs(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const names = Object.keys(TABS);
    this.showTab(names[(names.indexOf(this.tab) + by + names.length) % names.length]);
    this.tabs.querySelector("[aria-selected=true]").focus();
  }

  close() {
    clearTimeout(this.typing);
    clearTimeout(this.hinting);
    this.model.off("change:selected", this.onSelected);
    this.model.off("change:heard", this.onHeard);
    for (const part of [this.asker, this.pictures, this.tracks, this.inside, this.wall, this.history, this.menu]) part.close();
  }
}

export default {
  render({ model, el }) {
    const library = new Library(model, el);
    return () => library.close();
  },
};
