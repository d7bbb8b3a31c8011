/**
 * The queue: what plays, what comes next, and how to change that.
 *
 * Only rows in sight exist; they are asked for by place, and lie at their height in a content as
 * tall as the whole queue. All text reaches the page through `textContent`.
 */

import { CoverPictures } from "./pictures.js";
import { RowDrag } from "./queue_drag.js";
import { TrackDrop } from "./queue_drop.js";
import { QueueFrame } from "./queue_frame.js";
import { queueItem } from "./queue_row.js";

const ROW_PX = 52;
const MARGIN_ROWS = 12;
const MOST_ROWS = 100;
const WRITES = "input:not([type=range], [type=radio], [type=checkbox]), textarea, [contenteditable]";
const REPEATS = { off: "all", all: "one", one: "off" };

class QueuePanel extends QueueFrame {
  constructor(model, el) {
    super();
    this.model = model;
    this.view = `q${Math.random().toString(36).slice(2, 12)}`;
    this.request = 0;
    /** @type {Map<number, import("./queue_row.js").QueueRow>} by place */
    this.rows = new Map();
    this.items = new Map(); // entry -> element
    this.active = null; // entry
    this.gone = new Set(); // entries that were taken out, though rows may still tell of them
    this.pictures = new CoverPictures((message) => model.send(message), this.view);
    this.onKey = (event) => this.keyAround(event);
    this.furnish(el);
    this.onPlaying = () => this.root.toggleAttribute("data-playing", model.get("playing"));
    this.follows = {
      "msg:custom": (message, buffers) => this.receive(message, buffers ?? []),
      "change:shown": () => this.changed(),
      "change:playing": this.onPlaying,
    };
    for (const [name, act] of Object.entries(this.follows)) model.on(name, act);
    this.sized = new ResizeObserver(() => this.askWindow());
    this.sized.observe(this.list);
    this.onPlaying();
    this.changed(true);
  }

  get shown() {
    return this.model.get("shown");
  }

  furnish(el) {
    this.build(el, {
      shuffle: () => {
        this.say(this.shown.shuffled ? "In the order before" : "Shuffled");
        this.change(this.shown.shuffled ? "unshuffle" : "shuffle");
      },
      repeat: () => this.model.send({ type: "repeat", mode: REPEATS[this.shown.repeat] }),
      undo: () => this.takeBack(),
      clear: () => this.empty(),
    });
    const places = { content: this.content, rowPx: ROW_PX, count: () => this.shown.count };
    this.drag = new RowDrag({
      ...places,
      scroller: this.list,
      placeOf: (row) => Number(row.dataset.place),
      drop: (from, gap) => this.moveTo(from, gap),
    });
    this.drop = new TrackDrop({
      ...places,
      root: this.root,
      line: this.drag.line,
      drop: (ids, gap) => this.insert(ids, gap),
    });
    this.list.addEventListener("scroll", () => this.askWindow(), { passive: true });
    this.list.addEventListener("keydown", (event) => this.key(event));
    document.addEventListener("keydown", this.onKey);
    this.content.addEventListener("click", (event) => this.clicked(event));
    this.content.addEventListener("dblclick", (event) => this.clicked(event, true));
  }

  // What is in sight

  changed(first = false) {
    const { current } = this.shown;
    this.showWhole(this.shown, ROW_PX);
    const moved = current !== this.current;
    this.current = current;
    for (const [entry, item] of this.items) this.put(item, this.placeOf(entry));
    this.asked = "";
    this.askWindow();
    if ((moved || first) && !this.root.contains(document.activeElement)) this.showCurrent();
  }

  /** Bring what plays to the upper third, with a little of what was before it. */
  showCurrent() {
    const { place } = this.shown;
    if (place !== null) this.list.scrollTop = Math.max(0, (place - 1) * ROW_PX);
  }

  askWindow() {
    const first = Math.floor(this.list.scrollTop / ROW_PX);
    const inSight = Math.ceil((this.list.clientHeight || 600) / ROW_PX);
    const start = Math.max(0, first - MARGIN_ROWS);
    const count = Math.min(inSight + 2 * MARGIN_ROWS, MOST_ROWS, this.shown.count - start);
    const asked = `${this.shown.revision}:${start}:${count}`;
    if (count <= 0) this.draw(0, []);
    if (count <= 0 || asked === this.asked) return;
    this.asked = asked;
    this.request += 1;
    this.model.send({ type: "window", view: this.view, request: this.request, start, count });
  }

  receive(message, buffers) {
    if (message.view !== this.view) return;
    if (message.type === "picture") this.pictures.keep(message.id, buffers[0]);
    else if (message.request !== this.request) return;
    else if (message.type === "rows" && message.revision === this.shown.revision) this.draw(message.start, message.rows);
    else if (message.type === "failed") this.say(message.message);
  }

  draw(start, rows) {
    this.rows = new Map(rows.map((row, n) => [start + n, row]));
    const kept = new Map();
    for (const [place, row] of this.rows) {
      let item = this.items.get(row.entry);
      if (!item || item.dataset.problem !== row.problem) {
        item?.remove();
        item = queueItem(row, this.view, this.pictures);
      }
      kept.set(row.entry, item);
      this.put(item, place, row);
    }
    for (const [entry, item] of this.items) if (!kept.has(entry)) item.remove();
    this.items = kept;
    const inOrder = [...kept.values()];
    inOrder.forEach((item, n) => {
      const before = n ? inOrder[n - 1].nextSibling : this.content.firstChild;
      if (before !== item) this.content.insertBefore(item, before);
    });
    this.mark();
  }

  put(item, place) {
    const { current, place: now, count } = this.shown;
    item.style.top = `${place * ROW_PX}px`;
    item.dataset.place = String(place);
    item.setAttribute("aria-posinset", String(place + 1));
    item.setAttribute("aria-setsize", String(count));
    const isCurrent = Number(item.dataset.entry) === current;
    item.toggleAttribute("data-current", isCurrent);
    item.setAttribute("aria-current", String(isCurrent));
    item.toggleAttribute("data-past", now !== null && place < now);
  }

  // What the listener does

  change(act, entries = []) {
    this.model.send({ type: "change", act, entries });
  }

  placeOf(entry) {
    for (const [place, row] of this.rows) if (row.entry === entry) return place;
    return -1;
  }

  mark() {
    for (const [entry, item] of this.items) {
      item.classList.toggle("au-active", entry === this.active);
      item.setAttribute("aria-selected", String(entry === this.active));
    }
    const item = this.items.get(this.active);
    if (item) this.list.setAttribute("aria-activedescendant", item.id);
    else this.list.removeAttribute("aria-activedescendant");
  }

  activate(place) {
    const row = this.rows.get(Math.min(Math.max(place, 0), this.shown.count - 1));
    if (!row) return;
    this.active = row.entry;
    this.reveal(this.placeOf(row.entry));
    this.mark();
  }

  reveal(place) {
    const top = place * ROW_PX;
    const { list } = this;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW_PX > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_PX - list.clientHeight;
  }

  /** @param {number} from @param {number} gap between rows, as they stand now */
  moveTo(from, gap) {
    const row = this.rows.get(from);
    if (!row || gap < 0 || gap > this.shown.count) return;
    const before = gap === this.shown.count ? null : this.rows.get(gap)?.entry;
    if (before === undefined) return;
    this.active = row.entry;
    const place = gap > from ? gap : gap + 1;
    this.model.send({ type: "move", entries: [row.entry], before });
    this.reveal(place - 1);
    this.say(`${row.title}: place ${place} of ${this.shown.count}`);
  }

  /** @param {number[]} ids tracks from elsewhere @param {number} gap between rows */
  insert(ids, gap) {
    const before = gap >= this.shown.count ? null : this.rows.get(gap)?.entry;
    if (before === undefined) return;
    this.model.send({ type: "insert", ids, before });
    this.say(ids.length === 1 ? "Added to the queue" : `${ids.length} tracks added to the queue`);
  }

  removeRow(place) {
    const row = this.rows.get(place);
    if (!row || this.gone.has(row.entry)) return;
    this.gone.add(row.entry);
    this.active = this.nearest(place);
    this.mark();
    this.change("remove", [row.entry]);
    this.say(`Removed ${row.title}`);
  }

  /** The entry that stays nearest behind a place, or else before it. */
  nearest(place) {
    for (const step of [1, -1]) {
      let at = place + step;
      while (this.gone.has(this.rows.get(at)?.entry)) at += step;
      if (this.rows.has(at)) return this.rows.get(at).entry;
    }
    return null;
  }

  empty() {
    this.change("clear");
    const rest = this.model.get("playing") ? "Only what plays is left in the queue." : "The queue is empty.";
    this.say(`${rest} Undo brings it back.`);
    this.undo.focus();
  }

  takeBack() {
    this.gone.clear();
    if (this.shown.undo) this.change("undo");
    this.say(this.shown.undo ? "Undone" : "There is nothing to undo");
  }

  clicked(event, play = false) {
    const item = event.target.closest(".au-row");
    if (!item) return;
    const entry = Number(item.dataset.entry);
    if (event.target.closest(".au-remove")) {
      if (!play) this.removeRow(this.placeOf(entry));
      return;
    }
    this.activate(this.placeOf(entry));
    if (play !== Boolean(event.target.closest(".au-cover"))) this.change("play", [entry]);
  }

  key(event) {
    const place = Math.max(0, this.placeOf(this.active ?? this.current));
    const page = Math.max(1, Math.floor(this.list.clientHeight / ROW_PX) - 1);
    const last = this.shown.count - 1;
    const plain = !event.altKey && !event.ctrlKey && !event.metaKey;
    const go = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + page, PageUp: place - page, Home: 0, End: last };
    const carry = { ArrowDown: Math.min(place + 2, last + 1), ArrowUp: place - 1 };
    const row = this.rows.get(place);
    const acts = {
      Enter: () => row && this.change("play", [row.entry]),
      Delete: () => this.removeRow(place),
      Backspace: () => this.removeRow(place),
      n: () => row && (this.change("next", [row.entry]), this.say(`${row.title} plays next`)),
    };
    if (event.key === "Escape" && this.drag.active) this.drag.cancel();
    else if (event.altKey && event.key in carry) this.moveTo(place, carry[event.key]);
    else if ((event.ctrlKey || event.metaKey) && event.key === "z") this.takeBack();
    else if (plain && event.key in go) this.goTo(go[event.key]);
    else if (plain && event.key in acts) acts[event.key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Undo works from anywhere on the dashboard where nobody writes. */
  keyAround(event) {
    const { target } = event;
    const around = this.root.closest(".auralis-dashboard");
    if (event.defaultPrevented || event.key !== "z" || !(event.ctrlKey || event.metaKey)) return;
    if (!around || !(target instanceof Element) || target.matches(WRITES)) return;
    if (!around.matches(".au-page") && !around.contains(target)) return;
    event.preventDefault();
    this.takeBack();
  }

  goTo(place) { // a place out of sight comes into it before it can be marked
    const wanted = Math.min(Math.max(place, 0), this.shown.count - 1);
    if (this.rows.has(wanted)) this.activate(wanted);
    else this.reveal(wanted);
  }

  close() {
    this.sized.disconnect();
    document.removeEventListener("keydown", this.onKey);
    this.pictures.close();
    for (const [name, act] of Object.entries(this.follows)) this.model.off(name, act);
  }
}

export default {
  render({ model, el }) {
    const panel = new QueuePanel(model, el);
    return () => panel.close();
  },
};
