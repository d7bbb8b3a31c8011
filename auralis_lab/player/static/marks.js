/** Small things that the panels draw with: elements, numbers as people write them, scales. */

export function svg(tag, attributes = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  if (text !== null) made.textContent = text;
  return made;
}

export function html(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {number | null} value */
export function number(value, { sign = false, digits = 1 } = {}) {
  if (value === null || !Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : sign ? "+" : "") + text;
}

/** @param {number} hz */
export function hertz(hz) {
  return hz >= 1000 ? `${Number((hz / 1000).toPrecision(3))} kHz` : `${Number(hz.toPrecision(3))} Hz`;
}

/** Round marks between two values. @returns {number[]} */
export function marks(low, high, most) {
  const step = [1, 2, 3, 5, 6, 10, 12, 20].find((s) => (high - low) / s <= most) ?? 30;
  const out = [];
  for (let mark = Math.ceil(low / step) * step; mark <= high + 1e-9; mark += step) out.push(mark);
  return out;
}

/** The line of a stepped curve, broken where a band is missing. */
export function steps(edges, values, x, y) {
  let path = "";
  let open = false;
  values.forEach((value, band) => {
    if (value === null) {
      open = false;
      return;
    }
    const [from, to, level] = [x(edges[band]), x(edges[band + 1]), y(value)].map((v) => v.toFixed(1));
    path += `${open ? "L" : "M"}${from},${level}L${to},${level}`;
    open = true;
  });
  return path;
}

/** The outline of the area between two curves over the same places. */
export function between(places, lower, upper, x, y) {
  const known = places.map((_, n) => n).filter((n) => lower[n] !== null && upper[n] !== null);
  if (known.length < 2) return "";
  const point = (n, levels) => `${x(places[n]).toFixed(1)},${y(levels[n]).toFixed(1)}`;
  const there = known.map((n) => point(n, upper));
  const back = known.map((n) => point(n, lower)).reverse();
  return `M${[...there, ...back].join("L")}Z`;
}

/** A true minus before numbers. @param {string} text */
export function minus(text) {
  return text.replace(/(^|[\s(])-(?=\d)/g, "$1−");
}
