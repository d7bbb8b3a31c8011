/** The menu of a row: above everything, closed by a click beside it or by Escape. */

import { icon, node } from "./rows.js";

const MARGIN_PX = 8;

/**
 * @typedef {{label: string, icon?: string, off?: boolean, hint?: string, act: () => void} | HTMLElement | null} Item
 *   the icon of what is off is an outline; null is a line, an element is a group of items with one `[data-stop]`
 */

export class RowMenu {
  constructor() {
    this.items = node("div", "", { role: "menu" });
    this.root = node("div", "auralis au-menu", { role: "group", popover: "auto", tabIndex: -1 }, this.items);
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.root.addEventListener("toggle", (event) => {
      if (event.newState === "closed") this.closed();
    });
    document.body.append(this.root);
  }

  /**
   * @param {Item[]} items
   * @param {{x: number, y: number}} at
   * @param {string} label
   * @param {HTMLElement} back gets the focus when the menu closes
   */
  open(items, at, label, back) {
    this.back = back;
    this.root.setAttribute("aria-label", label);
    this.items.setAttribute("aria-label", label);
    const lined = items.filter((item, n) => item !== null || (n > 0 && items[n - 1] !== null));
    this.items.replaceChildren(...lined.map((item) => this.item(item)));
    this.root.showPopover();
    const { width, height } = this.root.getBoundingClientRect();
    const left = Math.min(at.x, innerWidth - width - MARGIN_PX);
    const top = at.y + height + MARGIN_PX > innerHeight ? at.y - height : at.y;
    this.root.style.left = `${Math.max(MARGIN_PX, left)}px`;
    this.root.style.top = `${Math.max(MARGIN_PX, top)}px`;
    this.stops()[0]?.focus();
  }

  item(item) {
    if (item === null) return node("hr", "", { role: "separator" });
    if (item instanceof HTMLElement) return item;
    const text = node("span", "", { dir: "auto" });
    text.textContent = item.label;
    const mark = item.icon ? icon(item.icon) : node("i");
    mark.toggleAttribute("data-off", Boolean(item.off));
    const button = node("button", "au-item", { type: "button", role: "menuitem", tabIndex: -1 }, mark, text);
    if (item.hint) button.append(node("kbd", "", {}, item.hint));
    button.addEventListener("click", () => {
      this.root.hidePopover();
      item.act();
    });
    return button;
  }

  /** Where the arrows lead: each item, and of a group one. */
  stops() {
    return [...this.root.querySelectorAll("[role=menuitem], [data-stop]")];
  }

  key(event) {
    const stops = this.stops();
    const group = document.activeElement.closest("[role=menu] [role=group]");
    const at = stops.indexOf(group?.querySelector("[data-stop]") ?? document.activeElement);
    const go = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 };
    if (event.key === "Tab") this.root.hidePopover();
    else if (event.key in go) stops.at(go[event.key] % stops.length)?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  closed() {
    if (this.root.contains(document.activeElement) || document.activeElement === document.body) {
      this.back?.focus({ preventScroll: true });
    }
  }

  close() {
    this.root.remove();
  }
}
