/** A rating of up to five stars, as radio items of a menu: a click, Enter, the arrows, the digits. */

import { icon, node } from "./rows.js";

const STARS = 5;

/** @param {number | null} stars @returns {string} */
export function spokenStars(stars) {
  if (stars === null) return "Not rated";
  return `${stars} ${stars === 1 ? "star" : "stars"}`;
}

/**
 * The rating that a key gives, `undefined` for none of these keys; `null` is not rated.
 * @param {{key: string, shiftKey: boolean}} event @param {number | null} stars as it is
 */
export function starsBy({ key, shiftKey }, stars) {
  if (/^[0-5]$/.test(key)) return Number(key) || null;
  const by = shiftKey ? { ArrowRight: 0.5, ArrowLeft: -0.5 }[key] : undefined;
  if (by === undefined) return undefined;
  return Math.min(STARS, Math.max(0, (stars ?? 0) + by)) || null;
}

/**
 * @param {number | null} stars
 * @param {(stars: number | null) => void} rate
 * @returns {HTMLElement}
 */
export function starBar(stars, rate) {
  let shown = stars;
  const choices = [...Array(STARS).keys()].map((n) => n + 1);
  const radio = (value, className, content) => {
    const label = spokenStars(value);
    const made = node("button", className, { type: "button", role: "menuitemradio", tabIndex: -1, title: label, "aria-label": label }, content);
    made.addEventListener("click", () => choose(value));
    return made;
  };
  const radios = [...choices.map((n) => radio(n, "au-star", icon("star"))), radio(null, "au-unrated", "None")];
  const bar = node("div", "au-stars", { role: "group", title: "Shift and the arrows: half a star" }, ...radios);
  const values = [...choices, null];

  const draw = () => {
    bar.setAttribute("aria-label", `Rating: ${spokenStars(shown)}`);
    const stop = radios[shown === null ? 0 : Math.ceil(shown) - 1];
    radios.forEach((each, n) => {
      each.setAttribute("aria-checked", String(values[n] === shown));
      each.toggleAttribute("data-stop", each === stop); // where those who come by the arrows arrive
      if (values[n] !== null) each.style.setProperty("--share", String(Math.min(1, Math.max(0, (shown ?? 0) - n))));
    });
  };
  const choose = (value) => {
    shown = value;
    draw();
    rate(value);
  };
  bar.addEventListener("keydown", (event) => {
    const value = starsBy(event, shown);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (value === undefined && by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (value === undefined) {
      const to = radios.indexOf(document.activeElement) + by;
      radios.at(to % radios.length).focus();
      return;
    }
    choose(value);
    (value === null ? radios.at(-1) : bar.querySelector("[data-stop]")).focus();
  });
  draw();
  return bar;
}
