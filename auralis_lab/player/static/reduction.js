/** How far the limiter goes down where the sound is: a bar that grows from the right, and words. */

import { GainPages, REDUCTION_POINTS } from "./gains.js";
import { Hold, levelText, spokenLevel } from "./scales.js";

const DEEPEST_DB = 12;

export class ReductionMeter {
  /** @param {(firstPoint: number, points: number) => void} ask */
  constructor(ask) {
    this.pages = new GainPages(ask, REDUCTION_POINTS);
    this.gain = new Float32Array(1);
    this.hold = new Hold(1000, 12);
    const part = (tag, className, attributes = {}, ...children) => {
      const made = document.createElement(tag);
      made.className = className;
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
      made.append(...children);
      return made;
    };
    this.fill = part("i", "au-m-fill au-m-down");
    this.held = part("i", "au-m-held");
    this.held.hidden = true;
    this.bar = part("div", "au-m-bar", { role: "meter", "aria-label": "Gain reduction of the limiter", "aria-valuemin": -DEEPEST_DB, "aria-valuemax": 0, "aria-valuenow": 0 }, this.fill, this.held);
    this.value = part("span", "au-m-value", { "aria-hidden": "true" }, "–");
    const title = part("span", "au-m-name", { title: "Gain reduction of the limiter, dB", "aria-hidden": "true" }, "GR");
    const axis = part("div", "au-m-axis", { "aria-hidden": "true" });
    for (const db of [-9, -6, -3, 0]) {
      const mark = part("span", "", {}, db ? `−${-db}` : "0");
      mark.style.left = `${100 * (1 + db / DEEPEST_DB)}%`;
      axis.append(mark);
    }
    this.parts = [title, this.bar, this.value, axis];
  }

  /** @param {object} plan facts about it; its points last until the end of the track */
  take(plan) {
    this.pages.setPlan(1, plan.limits ? Number.MAX_SAFE_INTEGER : 0, plan.reduction_rate_hz ?? 1);
    this.hold.reset();
    for (const part of this.parts) part.hidden = !plan.limits;
  }

  /**
   * @param {number} seconds @param {number} now @param {boolean} sounds whether it is heard
   * @param {boolean} figures @param {boolean} spoken what else is to change
   */
  draw(seconds, now, sounds, figures, spoken) {
    const known = this.pages.points > 0 && this.pages.at(seconds, this.gain);
    const down = known ? Math.min(DEEPEST_DB, Math.max(0, -this.gain[0])) : 0;
    this.fill.style.transform = `scaleX(${(down / DEEPEST_DB).toFixed(4)})`;
    this.fill.toggleAttribute("data-off", !sounds);
    const held = Math.max(0, this.hold.take(down, now));
    this.held.hidden = held < 0.05;
    this.held.style.transform = `translateX(${(100 * (1 - held / DEEPEST_DB)).toFixed(2)}%)`;
    if (figures) {
      const text = known ? levelText(held < 0.05 ? 0 : -held) : "–";
      if (this.value.textContent !== text) this.value.textContent = text;
    }
    if (!spoken) return;
    this.bar.setAttribute("aria-valuenow", (-held).toFixed(1));
    this.bar.setAttribute("aria-valuetext", known ? spokenLevel(-held, "decibels") : "not known");
  }
}
