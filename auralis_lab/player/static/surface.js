/**
 * A canvas that fills its host: sharp on any screen, in the theme's colours, and drawn at most once
 * a frame, only while it is seen. Sizes come from observers, so that drawing measures nothing.
 */

import { inNextFrame, notInNextFrame } from "./frames.js";

/** Whether motion that nobody asked for is unwelcome. */
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export class Surface {
  /**
   * @param {HTMLElement} host positioned element
   * @param {(pen: CanvasRenderingContext2D, width: number, height: number) => void} paint
   */
  constructor(host, paint) {
    this.paint = paint;
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    this.width = 0;
    this.height = 0;
    this.scale = 1;
    this.seen = true;
    this.repaint = () => this.painted();
    this.colours = new Map();
    this.onsize = null;
    this.onseen = null;
    this.sized = new ResizeObserver(([entry]) => this.resize(entry.contentRect));
    this.sized.observe(host);
    this.sight = new IntersectionObserver(([entry]) => this.see(entry.isIntersecting));
    this.sight.observe(host);
    this.recolour = () => {
      this.colours.clear();
      this.draw();
    };
    this.schemes = matchMedia("(prefers-color-scheme: dark)");
    this.schemes.addEventListener("change", this.recolour);
    this.themes = new MutationObserver(this.recolour);
    const attributeFilter = ["data-jp-theme-light", "data-theme", "class", "style"];
    this.themes.observe(document.body, { attributeFilter });
    this.themes.observe(document.documentElement, { attributeFilter });
  }

  resize({ width, height }) {
    this.scale = window.devicePixelRatio || 1;
    this.width = width;
    this.height = height;
    this.canvas.width = Math.max(1, Math.round(width * this.scale));
    this.canvas.height = Math.max(1, Math.round(height * this.scale));
    this.onsize?.();
    this.draw();
  }

  see(seen) {
    this.seen = seen;
    this.onseen?.(seen);
    if (seen) this.draw();
  }

  get active() {
    return this.seen && this.width > 0 && !document.hidden;
  }

  draw() {
    inNextFrame(this.repaint);
  }

  painted() {
    if (!this.active) return;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.paint(pen, this.width, this.height);
  }

  /** A token's colour, as a canvas wants it. */
  colour(token) {
    let colour = this.colours.get(token);
    if (!colour) {
      this.canvas.style.color = `var(${token})`;
      colour = getComputedStyle(this.canvas).color;
      this.colours.set(token, colour);
    }
    return colour;
  }

  close() {
    notInNextFrame(this.repaint);
    this.sized.disconnect();
    this.sight.disconnect();
    this.themes.disconnect();
    this.schemes.removeEventListener("change", this.recolour);
    this.canvas.remove();
  }
}

/** Calls `tick(ms)` at most `fps` times a second while it is switched on and the page is shown. */
export class Ticker {
  constructor(fps, tick) {
    this.least = 1000 / fps - 4;
    this.tick = tick;
    this.last = 0;
    this.on = false;
    this.frame = (now) => this.next(now);
  }

  /** @param {boolean} on */
  turn(on) {
    this.on = on;
    if (on) inNextFrame(this.frame);
    else notInNextFrame(this.frame);
  }

  next(now) {
    inNextFrame(this.frame);
    if (now - this.last < this.least) return;
    this.last = now;
    this.tick(now);
  }
}

/** An element with a class, attributes, listeners (functions) and children. */
export function part(tag, className, attributes = {}, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** Set a text only where it differs, so that nothing is laid out for nothing. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
