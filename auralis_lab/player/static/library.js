/**
 * The library: tracks with facets, albums, and what was heard, under one search field.
 *
 * All text reaches the page through `textContent`.
 */

import { AlbumWall, albumHead } from "./albums.js";
import { Asker } from "./ask.js";
import { FacetPanel } from "./facets.js";
import { HistoryList } from "./history.js";
import { LibraryFrame } from "./library_frame.js";
import { favouredText, leftOutText, menuOf, queuedText } from "./library_menu.js";
import { RowMenu } from "./menu.js";
import { CoverPictures } from "./pictures.js";
import { countText, icon, node } from "./rows.js";
import { TrackList } from "./tracks.js";

const TYPING_MS = 120;
const MENTION_MS = 4000;
const LONG_MENTION_MS = 8000;
const MOVE_ON_MS = 600;
const DOWNWARDS = new Set(["added", "plays"]);

class Library extends LibraryFrame {
  constructor(model, el) {
    super();
    this.model = model;
    this.tab = "tracks";
    this.asked = { text: "", sort: null, descending: false, favourites: false };
    this.albumOrder = { sort: "title", descending: false };
    this.album = null; // the one that is open
    this.like = null; // the track that others are to sound like
    this.hinting = null; // takes a mention away
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
    for (const part of [this.filter, this.facets.root]) part.addEventListener("keydown", (event) => this.keyInFacets(event));
    this.hearts.addEventListener("click", () => this.toggleFavourites());
    this.tabs.addEventListener("keydown", (event) => this.keyInTabs(event));
    this.playAll.addEventListener("click", () => {
      const { sort, descending } = this.asked;
      const filter = this.instead ? { text: this.instead } : this.filters();
      this.gather("play", { filter, sort, descending });
    });
    this.facets.addEventListener("change", () => this.narrowed());
    for (const list of [this.tracks, this.inside]) {
      list.addEventListener("open", ({ detail }) => this.open(detail));
      list.addEventListener("menu", ({ detail }) => this.openMenu(detail, list.root));
      list.addEventListener("favourite", ({ detail }) => this.favour(detail));
      list.addEventListener("queue", ({ detail }) => this.queue(detail.do, detail.rows));
      list.addEventListener("chosen", () => this.showChosen());
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
    this.album = null;
    this.suggest("");
    this.say();
    for (const list of [this.tracks, this.inside]) if (list.choice.size) list.unchoose();
    this.markTab();
    this.markSort();
    this.arrange();
    if (tab === "tracks") this.askTracks();
    else if (tab === "albums") this.askAlbums();
    else this.askHistory();
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
    this.asker.ask({ type: "query", filter, sort, descending, after }, (answer) => this.showTracks(answer), (why) => this.refuse(why));
    if (after === null && !this.facets.root.hidden) this.askFacets();
  }

  askFacets() {
    this.asker.ask({ type: "facets", filter: this.filters() }, (answer) => this.facets.show(answer), () => {});
  }

  askAlbums(after = null) {
    if (after !== null && this.asker.waits("albums")) return;
    this.asker.ask({ type: "albums", text: this.asked.text, ...this.albumOrder, after }, (answer) => this.showAlbums(answer), (why) => this.refuse(why));
  }

  askHistory(after = null) {
    if (after !== null && this.asker.waits("history")) return;
    this.asker.ask({ type: "history", after }, (answer) => {
      this.history.show(answer.plays, answer);
      const none = !this.history.plays.length;
      if (this.tab === "history") this.say(none ? "Nothing heard yet" : "", "What you play is listed here. A play counts after 30 seconds or half of the track.");
    });
  }

  /** What was asked cannot be understood: why is all that is shown. */
  refuse(why) {
    const albums = this.tab === "albums";
    if (albums) this.wall.show([], { first: true, more: false });
    else this.tracks.show([], { first: true, more: false });
    if (albums ? this.album : this.tab !== "tracks") return;
    this.count.textContent = "";
    this.playAll.disabled = true;
    this.say();
    (albums ? this.wall : this.tracks).root.hidden = true;
    this.suggest(why);
  }

  showTracks(answer) {
    const { text } = this.asked;
    if (answer.first) {
      this.instead = answer.instead;
      this.suggest(answer.instead ? `Nothing matches “${text}”; showing “${answer.instead}”` : "");
    }
    this.tracks.show(answer.rows, answer);
    this.playAll.disabled = !this.tracks.rows.length;
    if (this.tab !== "tracks") return;
    const narrowed = text || this.facets.count || this.asked.favourites;
    if (answer.first) this.count.textContent = countText(answer.count, narrowed ? "filtered" : "");
    if (this.tracks.rows.length) this.say();
    else this.sayNothing();
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
      this.suggest(answer.rows.length ? leftOutText(answer.unmeasured) : "");
      this.say(answer.rows.length ? "" : "Nothing to compare with yet", "Measure the library with “auralis measure”, then look again.");
      this.arrange();
      this.tracks.show(answer.rows, { first: true, more: false });
      this.count.textContent = "";
    }, () => this.mention("This track is not measured yet: play it once, or run “auralis measure”, and ask again.", LONG_MENTION_MS));
  }

  unlike() {
    this.like = null;
    this.arrange();
  }

  // Orders and filters

  sortBy(key) {
    const { sort, descending } = this.orderNow();
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

  // What the listener does

  open({ row, play }) {
    this.moveOn();
    this.model.send({ type: "open", id: row.id, play });
  }

  /** @param {"play" | "next" | "add"} how @param {import("./tracks.js").Row[]} rows */
  queue(how, rows) {
    this.model.send({ type: "queue", do: how, ids: rows.map((row) => row.id) });
    this.mention(queuedText(how, rows));
  }

  /** Say what was done, for a while. */
  mention(text, forMs = MENTION_MS) {
    this.suggest(text);
    if (text) this.hinting = setTimeout(() => this.suggest(""), forMs);
  }

  suggest(text) {
    clearTimeout(this.hinting);
    this.hinting = null;
    super.suggest(text);
  }

  /** Something else is done: a mention goes, but not while a second click may follow. */
  moveOn() {
    if (this.hinting === null) return;
    clearTimeout(this.hinting);
    this.hinting = setTimeout(() => this.suggest(""), MOVE_ON_MS);
  }

  gather(how, what) {
    this.model.send({ type: "gather", do: how, ...what });
  }

  /** All of them become favourites, unless all of them are. */
  favour(rows) {
    const on = !rows.every((row) => row.favourite);
    this.model.send({ type: "favourite", ids: rows.map((row) => row.id), on });
    this.mention(favouredText(rows, on));
  }

  rate(rows, stars) {
    this.model.send({ type: "rate", ids: rows.map((row) => row.id), stars });
  }

  forgetPlay({ play }) {
    this.model.send({ type: "forget", play });
  }

  openMenu({ row, at, play }, back) {
    this.moveOn();
    const list = back === this.inside.root ? this.inside : this.tracks;
    const rows = list.chosen.includes(row) ? list.chosen : [row].filter(Boolean);
    const items = menuOf(this, rows, play);
    if (items.length) this.menu.open(items, at, rows.length > 1 ? `${rows.length} tracks` : (row?.title ?? "Play"), back);
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
