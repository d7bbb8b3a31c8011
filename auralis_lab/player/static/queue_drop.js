/**
 * Tracks carried from the library into the queue: a line shows where they would fall.
 *
 * What is carried is named by its type alone while it moves; its numbers are read when it falls.
 */

import { gapAt } from "./queue_drag.js";

const CARRIED = "application/x-auralis-tracks";
const MOST = 1000;

export class TrackDrop {
  /**
   * @param {object} options
   * @param {HTMLElement} options.root takes what is dropped anywhere on it
   * @param {HTMLElement} options.content what the rows lie in
   * @param {HTMLElement} options.line where it would fall
   * @param {number} options.rowPx
   * @param {() => number} options.count
   * @param {(ids: number[], gap: number) => void} options.drop
   */
  constructor(options) {
    Object.assign(this, options);
    this.root.addEventListener("dragover", (event) => this.over(event));
    this.root.addEventListener("dragleave", (event) => this.left(event));
    this.root.addEventListener("drop", (event) => this.fall(event));
  }

  gapOf(event) {
    return gapAt(event.clientY - this.content.getBoundingClientRect().top, this.rowPx, this.count());
  }

  over(event) {
    if (!event.dataTransfer.types.includes(CARRIED)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    this.root.toggleAttribute("data-dropping", true);
    this.line.hidden = false;
    this.line.style.top = `${this.gapOf(event) * this.rowPx}px`;
  }

  left(event) {
    if (!this.root.contains(event.relatedTarget)) this.leave();
  }

  leave() {
    this.root.toggleAttribute("data-dropping", false);
    this.line.hidden = true;
  }

  fall(event) {
    this.leave();
    const ids = carriedIds(event.dataTransfer.getData(CARRIED));
    if (!ids.length) return;
    event.preventDefault();
    this.drop(ids, this.gapOf(event));
  }
}

/** Numbers of the tracks that were carried; none if it is something else. */
export function carriedIds(text) {
  try {
    const ids = JSON.parse(text);
    return Array.isArray(ids) ? ids.filter((id) => Number.isInteger(id) && id >= 0).slice(0, MOST) : [];
  } catch {
    return [];
  }
}
