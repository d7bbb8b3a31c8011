/**
 * Dragging a row of fixed height to another place, with mouse, pen or finger.
 *
 * The list itself is not touched: a line shows where the row would fall, and only letting go says so.
 */

const STARTS_AFTER_PX = 6;
const EDGE_PX = 40;
const EDGE_SPEED_PX = 14;
const SLACK_PX = 12; // beside the list, for a finger on a grip at its edge

/**
 * The gap between rows that a height lies nearest to.
 * @param {number} y in the list's content @param {number} rowPx @param {number} count
 */
export function gapAt(y, rowPx, count) {
  return Math.min(count, Math.max(0, Math.round(y / rowPx)));
}

/** Where a row would stand once it has left its place; null if that is where it stands. */
export function placeAfter(from, gap) {
  if (gap === from || gap === from + 1) return null;
  return gap > from ? gap - 1 : gap;
}

export class RowDrag {
  /**
   * @param {object} options
   * @param {HTMLElement} options.scroller what scrolls
   * @param {HTMLElement} options.content what the rows lie in
   * @param {number} options.rowPx
   * @param {() => number} options.count
   * @param {(row: HTMLElement) => number} options.placeOf
   * @param {(from: number, gap: number) => void} options.drop
   */
  constructor(options) {
    Object.assign(this, options);
    this.line = document.createElement("div");
    this.line.className = "au-drop";
    this.line.hidden = true;
    this.content.append(this.line);
    this.content.addEventListener("pointerdown", (event) => this.down(event));
    this.content.addEventListener("pointermove", (event) => this.move(event));
    this.content.addEventListener("pointerup", () => this.up());
    this.content.addEventListener("pointercancel", () => this.cancel());
    this.content.addEventListener("click", (event) => this.afterDrag(event), true);
  }

  get active() {
    return Boolean(this.row?.classList.contains("au-dragged"));
  }

  down(event) {
    const row = event.target.closest(".au-row");
    const grip = event.target.closest(".au-grip");
    if (!row || event.button !== 0 || event.target.closest(".au-remove")) return;
    if (event.pointerType !== "mouse" && !grip) return; // elsewhere a finger scrolls
    this.row = row;
    this.from = this.placeOf(row);
    this.startY = event.clientY;
    this.gap = null; // where it would fall; null is nowhere
    this.pointer = event.pointerId;
  }

  move(event) {
    if (!this.row || event.pointerId !== this.pointer) return;
    this.x = event.clientX;
    this.y = event.clientY;
    if (!this.active) {
      if (Math.abs(this.y - this.startY) < STARTS_AFTER_PX) return;
      this.row.classList.add("au-dragged");
      this.content.setPointerCapture(this.pointer);
      this.startScroll = this.scroller.scrollTop;
      this.tick();
    }
    this.draw();
  }

  draw() {
    const moved = this.y - this.startY + this.scroller.scrollTop - this.startScroll;
    this.row.style.setProperty("--moved", `${moved}px`);
    const y = this.y - this.content.getBoundingClientRect().top;
    this.gap = this.over() ? gapAt(y, this.rowPx, this.count()) : null;
    this.line.hidden = this.gap === null || placeAfter(this.from, this.gap) === null;
    if (this.gap !== null) this.line.style.top = `${this.gap * this.rowPx}px`;
  }

  /** Whether the pointer is over the list: let go elsewhere, a row stays where it was. */
  over() {
    const { left, right, top, bottom } = this.scroller.getBoundingClientRect();
    const within = (at, low, high) => at >= low - SLACK_PX && at <= high + SLACK_PX;
    return within(this.x, left, right) && within(this.y, top, bottom);
  }

  /** Scroll while the pointer is held near an edge. */
  tick() {
    if (!this.active) return;
    const box = this.scroller.getBoundingClientRect();
    const over = Math.max(0, this.y - (box.bottom - EDGE_PX)) - Math.max(0, box.top + EDGE_PX - this.y);
    if (over) {
      this.scroller.scrollTop += Math.sign(over) * Math.min(EDGE_SPEED_PX, Math.abs(over) / 2);
      this.draw();
    }
    requestAnimationFrame(() => this.tick());
  }

  up() {
    if (!this.row) return;
    const { from, gap, active } = this;
    this.cancel();
    this.dragged = active;
    setTimeout(() => { this.dragged = false; });
    if (active && gap !== null && placeAfter(from, gap) !== null) this.drop(from, gap);
  }

  cancel() {
    this.row?.classList.remove("au-dragged");
    this.row?.style.removeProperty("--moved");
    this.row = null;
    this.line.hidden = true;
  }

  /** Letting go of a row is no click on it. */
  afterDrag(event) {
    if (!this.dragged) return;
    event.stopPropagation();
    event.preventDefault();
  }
}
