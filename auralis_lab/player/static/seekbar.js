/** The waveform as a seek bar: pointer and keyboard move in it, and it says where it is. */

import { clock, make, spokenTime } from "./controls.js";
import { Waveform } from "./waveform.js";

export const SKIP_S = 5;
const PAGE_S = 30;

/**
 * Where a key leads from a place in a track, in seconds; `null` if it leads nowhere.
 * @param {string} key @param {number} seconds @param {number} lengthS
 */
export function placeOf(key, seconds, lengthS) {
  const places = {
    ArrowLeft: seconds - SKIP_S,
    ArrowRight: seconds + SKIP_S,
    PageDown: seconds - PAGE_S,
    PageUp: seconds + PAGE_S,
    Home: 0,
    End: lengthS,
  };
  if (!(key in places) || !lengthS) return null;
  return Math.min(lengthS, Math.max(0, places[key]));
}

/** A length in words; under a second in tenths, as it would be none. @param {number} seconds */
export function spokenLength(seconds) {
  if (!(seconds > 0 && seconds < 1)) return spokenTime(seconds);
  return `${Math.max(0.1, Math.floor(10 * seconds) / 10).toFixed(1)} seconds`;
}

/** Emits "seek" with the target in seconds as `detail`. */
export class SeekBar extends EventTarget {
  constructor() {
    super();
    this.lengthS = 0;
    this.seconds = 0;
    this.dragging = false;
    // The slider is not seen; it is there for the keyboard and for those who listen to the page.
    this.input = make("input", {
      type: "range",
      min: 0,
      max: 0,
      step: "any",
      value: 0,
      "aria-label": "Position",
      input: () => this.ask(Number(this.input.value)),
      keydown: (event) => this.key(event),
    });
    this.bubble = make("output", { class: "auralis-bubble", "aria-hidden": "true", hidden: true });
    this.root = make(
      "div",
      {
        class: "auralis-stage",
        pointerdown: (event) => this.press(event),
        pointermove: (event) => this.move(event),
        pointerup: (event) => this.release(event),
        pointercancel: () => this.letGo(),
        pointerleave: () => this.dragging || this.point(null),
      },
      this.input,
      this.bubble,
    );
    this.waveform = new Waveform(this.root);
  }

  /** @param {boolean} enabled */
  enable(enabled) {
    this.input.toggleAttribute("disabled", !enabled);
  }

  /**
   * @param {number} seconds @param {number} lengthS 0 while it is unknown
   * @param {boolean} enhanced
   */
  show(seconds, lengthS, enhanced) {
    if (lengthS !== this.lengthS && !this.dragging) this.point(null); // it was of another track
    this.lengthS = lengthS;
    this.seconds = seconds;
    if (this.dragging) return;
    this.fill(lengthS ? seconds / lengthS : 0, enhanced);
    this.input.max = String(Math.max(lengthS, seconds));
    this.input.value = String(seconds);
    const spoken = `${spokenTime(seconds)} of ${spokenLength(lengthS)}`;
    if (this.input.getAttribute("aria-valuetext") !== spoken) {
      this.input.setAttribute("aria-valuetext", spoken);
    }
  }

  ask(seconds) {
    this.dispatchEvent(new CustomEvent("seek", { detail: seconds }));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const place = placeOf(event.key, this.seconds, this.lengthS);
    if (place === null) return;
    event.preventDefault();
    this.ask(place);
  }

  /** Where a pointer is, as a share of the track. */
  share(event) {
    const { left, width } = this.root.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  }

  press(event) {
    if (event.button !== 0 || !this.lengthS || this.input.disabled) return;
    event.preventDefault();
    this.input.focus({ preventScroll: true });
    this.root.setPointerCapture(event.pointerId);
    this.dragging = true;
    this.move(event);
  }

  move(event) {
    if (!this.lengthS) return;
    const share = this.share(event);
    this.point(share);
    if (this.dragging) this.fill(share, this.waveform.enhanced);
  }

  /** Mark what was played, in the waveform and for a plain bar. */
  fill(share, enhanced) {
    this.waveform.setPlayed(share, enhanced);
    this.root.style.setProperty("--played", `${100 * share}%`);
  }

  release(event) {
    if (!this.dragging) return;
    this.letGo();
    this.ask(this.share(event) * this.lengthS);
  }

  letGo() {
    this.dragging = false;
    this.point(null);
  }

  /** Show the time under the pointer. */
  point(share) {
    this.waveform.setHover(share);
    this.bubble.hidden = share === null;
    if (share === null) return;
    this.bubble.textContent = clock(share * this.lengthS);
    this.bubble.style.left = `${100 * share}%`;
  }

  close() {
    this.waveform.close();
  }
}
