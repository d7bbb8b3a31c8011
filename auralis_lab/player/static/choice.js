/**
 * Rows of a list that were chosen together: with Ctrl one by one, with Shift from one to another.
 * What is loaded is another matter; a choice ends with Escape, a plain click, or another list.
 */

export class Choice {
  constructor() {
    this.clear();
  }

  get size() {
    return this.indices.size;
  }

  has(index) {
    return this.indices.has(index);
  }

  clear() {
    this.indices = new Set();
    this.anchor = null;
  }

  /** Where the next Shift reaches from. @param {number} index */
  start(index) {
    this.indices = new Set();
    this.anchor = index;
  }

  toggle(index) {
    if (!this.indices.delete(index)) this.indices.add(index);
    this.anchor = index;
  }

  /** Everything from the anchor to here, and nothing else. */
  reach(index, from = index) {
    this.anchor ??= from;
    const [low, high] = [Math.min(this.anchor, index), Math.max(this.anchor, index)];
    this.indices = new Set(Array.from({ length: high - low + 1 }, (_, n) => low + n));
  }

  all(count) {
    this.reach(count - 1, (this.anchor = 0));
  }

  /** @returns {number[]} in the order of the list */
  get sorted() {
    return [...this.indices].sort((a, b) => a - b);
  }
}
