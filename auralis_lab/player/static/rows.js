/** Small things that the list of tracks is made of. */

const ICONS = {
  search: "M11 4a7 7 0 1 0 4.2 12.6l4.1 4.1 1.4-1.4-4.1-4.1A7 7 0 0 0 11 4Zm0 2a5 5 0 1 1 0 10 5 5 0 0 1 0-10Z",
  clear: "m6.4 5 5.6 5.6L17.6 5 19 6.4 13.4 12l5.6 5.6-1.4 1.4-5.6-5.6L6.4 19 5 17.6l5.6-5.6L5 6.4Z",
  play: "M8 5.2v13.6c0 .8.9 1.3 1.5.8l10-6.8c.6-.4.6-1.2 0-1.6l-10-6.8c-.6-.5-1.5 0-1.5.8Z",
  shuffle: "M16.5 3.5 21 7l-4.5 3.5V8h-1.6c-1 0-1.9.5-2.5 1.3l-4 5.6A5 5 0 0 1 4.3 17H3v-2h1.3c1 0 1.9-.5 2.5-1.3l4-5.6A5 5 0 0 1 14.9 6h1.600V3.500ZM3 7h1.300a5 5 0 0 1 4 2.050L7.050 10.8 6.8 10.300A3 3 0 0 0 4.3 9H3V7Zm13.5 6.500L21 17l-4.5 3.500V18h-1.600a5 5 0 0 1-4-2.050l1.250-1.750.25.5c.6.8 1.5 1.3 2.5 1.300h1.600v-2.500Z",
  repeat: "M17 2.5 21.5 6 17 9.500V7H8a3 3 0 0 0-3 3v2H3v-2a5 5 0 0 1 5-5h9V2.500ZM7 21.5 2.5 18 7 14.500V17h9a3 3 0 0 0 3-3v-2h2v2a5 5 0 0 1-5 5H7v2.500Z",
  repeatone: "M17 2.5 21.5 6 17 9.500V7H8a3 3 0 0 0-3 3v2H3v-2a5 5 0 0 1 5-5h9V2.500ZM7 21.5 2.5 18 7 14.500V17h9a3 3 0 0 0 3-3v-2h2v2a5 5 0 0 1-5 5H7v2.500ZM11.6 9h1.400v6h-1.600v-4.100l-1.4.6V10l1.6-1Z",
  undo: "M9 4 4 9l5 5v-3.800h5a4 4 0 0 1 0 8H8v2h6a6 6 0 0 0 0-12H9V4Z",
  bin: "M9 3h6l1 2h4v2H4V5h4l1-2ZM5.5 9h13l-1 11.500c0 .3-.2.5-.5.500H7a.5.5 0 0 1-.5-.5L5.5 9Zm4 2.5.4 7h1.600l-.4-7H9.500Zm3.4 0-.4 7h1.600l.4-7h-1.600Z",
  grip: "M9 5h2v2H9V5Zm4 0h2v2h-2V5ZM9 11h2v2H9v-2Zm4 0h2v2h-2v-2Zm-4 6h2v2H9v-2Zm4 0h2v2h-2v-2Z",
  more: "M6 10.400a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.200Zm6 0a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.200Zm6 0a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.200Z",
  heart: "M12 20.3 10.8 19.200C6.2 15 3.3 12.4 3.3 9.100A4.7 4.7 0 0 1 8 4.400c1.6 0 3.1.7 4 1.9.9-1.2 2.4-1.9 4-1.900a4.7 4.7 0 0 1 4.7 4.700c0 3.3-2.9 5.9-7.5 10.100L12 20.300Z",
  filter: "M4 6h16v2H4V6Zm3 5h10v2H7v-2Zm3 5h4v2h-4v-2Z",
  back: "m14.5 5.5 1.4 1.400L10.8 12l5.1 5.1-1.4 1.400L8 12l6.5-6.500Z",
  star: "m12 3.5 2.6 5.5 6 .8-4.4 4.2 1.1 6L12 17.1 6.7 20l1.1-6-4.4-4.2 6-.8L12 3.500Z",
};

/** @returns {HTMLElement} */
export function node(tag, className, properties = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(properties)) {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** How long a track is: as a clock, or in seconds where that would say nothing. @param {number | null} seconds */
export function lengthText(seconds) {
  if (!(seconds > 0 && seconds < 1)) return clock(seconds);
  return `${Math.max(0.1, Math.floor(10 * seconds) / 10).toFixed(1)} s`;
}

/** Seconds that have passed. @param {number | null} seconds */
export function clock(seconds) {
  if (seconds === null || !Number.isFinite(seconds)) return "";
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const tail = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
}

/** @param {number} count @param {string} text */
export function countText(count, text) {
  const number = count.toLocaleString("en");
  if (!text) return `${number} ${count === 1 ? "track" : "tracks"}`;
  return `${number} ${count === 1 ? "match" : "matches"}`;
}
