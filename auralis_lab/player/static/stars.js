/** A rating of up to five stars, set with a click, the arrows or the digits. */

import { icon, node } from "./rows.js";

const STARS = 5;

/** @param {number | null} stars @returns {string} */
export function spokenStars(stars) {
  if (stars === null) return "Not rated";
  return `${stars} ${stars === 1 ? "star" : "stars"}`;
}

/**
 * @param {number | null} stars
 * @param {(stars: number | null) => void} rate
 * @returns {HTMLElement}
 */
export function starBar(stars, rate) {
  const bar = node("div", "au-stars", {
    role: "slider",
    tabIndex: -1,
    "aria-label": "Rating",
    "aria-valuemin": 0,
    "aria-valuemax": STARS,
  });
  let shown = stars;
  const draw = () => {
    bar.setAttribute("aria-valuenow", String(shown ?? 0));
    bar.setAttribute("aria-valuetext", spokenStars(shown));
    bar.replaceChildren(
      ...Array.from({ length: STARS }, (_, n) => {
        const star = node("span", "au-star", { title: spokenStars(n + 1) }, icon("star"));
        star.style.setProperty("--share", String(Math.min(1, Math.max(0, (shown ?? 0) - n))));
        star.addEventListener("click", () => choose(shown === n + 1 ? null : n + 1));
        return star;
      }),
    );
  };
  const choose = (value) => {
    shown = value;
    draw();
    rate(value);
  };
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 0.5, ArrowLeft: -0.5 }[event.key];
    const digit = /^[0-5]$/.test(event.key) ? Number(event.key) : null;
    if (by === undefined && digit === null) return;
    event.preventDefault();
    event.stopPropagation();
    const value = digit ?? Math.min(STARS, Math.max(0, (shown ?? 0) + by));
    choose(value || null);
  });
  draw();
  return bar;
}
