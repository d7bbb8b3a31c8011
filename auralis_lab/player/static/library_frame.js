/** What the library's panel is made of, and how its parts are shown; asks nothing. */

import { icon, node } from "./rows.js";

const TABS = { tracks: "Tracks", albums: "Albums", history: "History" };
const SORTS = {
  tracks: [["artist", "Artist"], ["album", "Album"], ["title", "Title"], ["year", "Year"], ["duration", "Length"], ["added", "Added"], ["plays", "Plays"]],
  albums: [["title", "Title"], ["artist", "Artist"], ["year", "Year"], ["added", "Added"]],
  history: [],
};

export class LibraryFrame {
  build(el) {
    this.field = node("input", "au-field", { type: "search", placeholder: "Search title, artist, album", autocomplete: "off", spellcheck: false, maxLength: 200, "aria-label": "Search the library", enterKeyHint: "search" });
    this.clear = node("button", "au-clear", { type: "button", hidden: true, "aria-label": "Clear the search" }, icon("clear"));
    this.heardHead = node("span", "au-find-none", { hidden: true }, "What was heard, the latest first");
    this.searchBox = node("div", "au-searchbox", {}, icon("search"), this.field, this.clear);
    this.badge = node("span", "au-badge", { hidden: true });
    this.filter = node("button", "au-toggle", { type: "button", title: "Filters", "aria-label": "Filters", "aria-expanded": "false" }, icon("filter"), this.badge);
    this.hearts = node("button", "au-toggle au-hearts", { type: "button", title: "Favourites only", "aria-label": "Favourites only", "aria-pressed": "false" }, icon("heart"));
    this.tabs = node("div", "au-tabs", { role: "tablist", "aria-label": "Library" });
    for (const [key, label] of Object.entries(TABS)) {
      const tab = node("button", "au-tab", { type: "button", role: "tab", id: `${this.asker.view}-${key}` }, label);
      tab.dataset.tab = key;
      tab.addEventListener("click", () => this.showTab(key));
      this.tabs.append(tab);
    }
    this.count = node("span", "au-count", { role: "status" });
    this.sorts = node("div", "au-sorts", { role: "group", "aria-label": "Sort by" });
    this.playAll = node("button", "au-all", { type: "button", title: "Play all that is listed, 1,000 at most", "aria-label": "Play all" }, icon("play"));
    this.hint = node("div", "au-hint", { hidden: true, role: "status" });
    this.note = node("div", "au-note", { hidden: true });
    this.chosenText = node("span", "", { role: "status" });
    const act = (label, run) => {
      const button = node("button", "au-do", { type: "button" }, label);
      button.addEventListener("click", () => run(this.choosing.chosen));
      return button;
    };
    const leave = node("button", "au-unchoose", { type: "button", "aria-label": "Choose none", title: "Choose none (Escape)" }, icon("clear"));
    leave.addEventListener("click", () => {
      const { root } = this.choosing;
      this.choosing.unchoose();
      root.focus();
    });
    this.chosenBar = node("div", "au-chosen", { hidden: true, role: "group", "aria-label": "Chosen tracks" }, this.chosenText, act("Play", (rows) => this.queue("play", rows)), act("Play next", (rows) => this.queue("next", rows)), act("Add", (rows) => this.queue("add", rows)), leave);
    this.crumb = node("div", "au-crumb", { hidden: true });
    this.albumTop = node("div", "au-album-top", { hidden: true });
    this.root = node(
      "section",
      "auralis au-library",
      { "aria-label": "Library" },
      node("div", "au-top", {}, node("div", "au-find", {}, this.heardHead, this.searchBox, this.hearts, this.filter), node("div", "au-bar", {}, this.tabs, this.count, this.playAll), this.facets.chips, this.hint, this.sorts),
      this.facets.root,
      this.crumb,
      this.albumTop,
      this.note,
      this.tracks.root,
      this.wall.root,
      this.inside.root,
      this.history.root,
      this.chosenBar,
    );
    el.append(this.root);
  }

  /** Show the parts that belong to what is looked at. */
  arrange() {
    const { tab, album } = this;
    this.tracks.root.hidden = tab !== "tracks";
    this.crumb.hidden = tab !== "tracks" || !this.like;
    this.wall.root.hidden = tab !== "albums" || Boolean(album);
    this.albumTop.hidden = this.inside.root.hidden = tab !== "albums" || !album;
    this.history.root.hidden = tab !== "history";
    this.sorts.hidden = tab === "history" || Boolean(album) || Boolean(this.like && tab === "tracks");
    this.playAll.hidden = tab !== "tracks" || Boolean(this.like);
    if (tab === "history" || album) this.count.textContent = "";
  }

  /** The list whose rows can be chosen together now. */
  get choosing() {
    return this.tab === "albums" ? this.inside : this.tracks;
  }

  showChosen() {
    const count = this.choosing.choice.size;
    const few = count < 2;
    if (few !== this.chosenBar.hidden && this.chosenBar.contains(document.activeElement)) this.choosing.root.focus();
    this.chosenBar.hidden = few;
    const text = few ? "" : `${count.toLocaleString("en")} chosen`;
    if (this.chosenText.textContent !== text) this.chosenText.textContent = text;
  }

  /** Mark the tab that is open, and show what can be searched in it. */
  markTab() {
    for (const button of this.tabs.children) {
      const on = button.dataset.tab === this.tab;
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    const tracks = this.tab === "tracks";
    this.filter.hidden = this.hearts.hidden = !tracks;
    this.searchBox.hidden = this.tab === "history";
    this.heardHead.hidden = this.tab !== "history";
    this.facets.chips.hidden = !tracks || !this.facets.count;
    this.facets.root.hidden = !tracks || this.filter.getAttribute("aria-expanded") !== "true";
    this.field.placeholder = tracks ? "Search title, artist, album" : "Search albums";
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

  /** What could be found nowhere. */
  sayNothing() {
    const { text, favourites } = this.asked;
    const narrowed = text || this.facets.count;
    if (favourites && !narrowed) this.say("No favourites here yet", "The heart of a row makes it one.");
    else if (narrowed) {
      this.say(
        text ? `Nothing matches “${text}”` : "Nothing matches",
        "Try fewer letters or another word, or take a filter away. Capitals and accents do not matter. Filters such as genre:jazz or year:1970..1979 work as well.",
      );
    } else this.say("No music here yet", "Scan a folder with “auralis scan FOLDER”, then reload this page.");
  }

  orderNow() {
    return this.tab === "albums" ? this.albumOrder : { ...this.asked, sort: this.asked.sort ?? (this.asked.text ? null : "artist") };
  }

  markSort() {
    const { sort, descending } = this.orderNow();
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

  /** Escape puts the filters away. */
  keyInFacets(event) {
    if (event.key !== "Escape" || this.facets.root.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.toggleFacets();
    this.filter.focus();
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
}
