/** Small parts of the page: elements, icons, sliders, and how positions are written and spoken. */

const ICONS = {
  play: '<path d="M7 4.5v15l12.5-7.5z"/>',
  pause: '<path d="M6.5 5h4v14h-4zM13.5 5h4v14h-4z"/>',
  stop: '<rect x="6" y="6" width="12" height="12" rx="1.5"/>',
  previous: '<path d="M6 5h2.2v14H6zM19 5v14L9 12z"/>',
  next: '<path d="M15.800 5H18v14h-2.200zM5 5v14l10-7z"/>',
  shuffle: '<path d="M3 7h3.500c4.500 0 5.500 10 10 10H20M3 17h3.500c1.700 0 2.900-1.400 3.900-3.100M12.600 10.100C13.600 8.400 14.800 7 16.500 7H20" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round"/><path d="m18.500 3.800 3.700 3.200-3.700 3.200zm0 10 3.700 3.200-3.700 3.200z"/>',
  repeat: '<path d="M4 12V10a3 3 0 0 1 3-3h11M20 12v2a3 3 0 0 1-3 3H6" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round"/><path d="m17 3.500 3.800 3.500-3.800 3.500zM7 13.500 3.200 17 7 20.500z"/>',
  repeatone: '<path d="M4 12V10a3 3 0 0 1 3-3h11M20 12v2a3 3 0 0 1-3 3H6" fill="none" stroke="currentColor" stroke-width="1.800" stroke-linecap="round"/><path d="m17 3.500 3.800 3.500-3.800 3.500zM7 13.500 3.200 17 7 20.500zM11.300 9.800l1.400-.6v5.600h-1.500v-3.900z"/>',
  volume: '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/><path d="M15 9a4 4 0 0 1 0 6M17.5 6.5a7.6 7.6 0 0 1 0 11" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>',
  muted: '<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z"/><path d="m15.5 9.5 5 5m0-5-5 5" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/>',
  note: '<path d="M10 17.5V6.2l8-1.7v10.8" fill="none" stroke="currentColor" stroke-width="1.6"/><circle cx="7.7" cy="17.5" r="2.6"/><circle cx="15.7" cy="15.3" r="2.6"/>',
};

/**
 * @param {string} tag
 * @param {Record<string, any>} attributes functions become listeners, false leaves out
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** @param {keyof typeof ICONS} name @returns {SVGElement} */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.innerHTML = ICONS[name];
  return svg;
}

/** A range input whose filled part is told to the style sheet. */
export function slider(attributes) {
  const input = /** @type {HTMLInputElement} */ (make("input", { type: "range", ...attributes }));
  input.addEventListener("input", () => fill(input));
  fill(input);
  return input;
}

/** Set a slider's value without telling listeners. */
export function setSlider(input, value, spoken) {
  input.value = String(value);
  input.setAttribute("aria-valuetext", spoken);
  fill(input);
}

function fill(input) {
  const share = (Number(input.value) - Number(input.min)) / (input.max - input.min || 1);
  input.style.setProperty("--fill", `${100 * share}%`);
}

/** 65.2 -> "1:05", with hours where there are any. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** 65.2 -> "1 minute 5 seconds" */
export function spokenTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor(whole / 60) % 60, "minute"],
    [whole % 60, "second"],
  ].filter(([count, unit]) => count > 0 || (unit === "second" && whole < 60));
  return parts.map(([count, unit]) => `${count} ${unit}${count === 1 ? "" : "s"}`).join(" ");
}

/** A volume of 0 to 1, whose square is the gain, in decibels. */
export function spokenVolume(volume) {
  if (volume <= 0) return "muted";
  const db = 40 * Math.log10(volume);
  return `${db > -0.05 ? "0.0" : db.toFixed(1).replace("-", "−")} dB`;
}
