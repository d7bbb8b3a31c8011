/** Which stretch of a track is seen, and where the sound is between two reports. Frames, px. */

const LEAST_FRAMES = 256;
const FOLLOW_SHARE = 0.35; // where in the view the sound is held
const FIRST_SPAN_S = 20;
const STALE_MS = 400; // a report older than this says nothing of now
export const MOST_PER_BIN = 1 << 24;

export class Viewport {
  constructor() {
    this.setTrack(0, 1);
  }

  /** @param {number} total frames of the track @param {number} rate frames per second */
  setTrack(total, rate) {
    this.total = total;
    this.rate = rate;
    this.start = 0;
    this.span = Math.max(LEAST_FRAMES, Math.min(total || Infinity, FIRST_SPAN_S * rate));
  }

  /** The length was learned. */
  setTotal(total) {
    this.total = total;
    this.place(this.start, this.span);
  }

  get stop() {
    return this.start + this.span;
  }

  place(start, span) {
    const most = Math.max(LEAST_FRAMES, this.total);
    this.span = Math.min(most, Math.max(LEAST_FRAMES, span));
    this.start = Math.min(Math.max(0, start), Math.max(0, this.total - this.span));
  }

  /** @param {number} share of the width that stays in place @param {number} factor below 1 is closer */
  zoom(share, factor) {
    const at = this.start + share * this.span;
    const span = Math.min(Math.max(LEAST_FRAMES, this.total), Math.max(LEAST_FRAMES, this.span * factor));
    this.place(at - share * span, span);
  }

  /** @param {number} share of the width; without end, to an end of the track */
  pan(share) {
    const most = this.total;
    this.place(Math.min(most, Math.max(-most, this.start + share * this.span)), this.span);
  }

  showAll() {
    this.place(0, this.total);
  }

  /** Have a frame in view, at the usual place. */
  centre(frame) {
    this.place(frame - FOLLOW_SHARE * this.span, this.span);
  }

  /**
   * Keep up with the sound.
   * @param {number} frame @param {boolean} smooth hold it in place, or turn pages
   * @returns {boolean} whether the view moved
   */
  follow(frame, smooth) {
    const { start } = this;
    if (smooth) this.centre(frame);
    else if (frame < this.start || frame >= this.stop) this.place(frame - 0.02 * this.span, this.span);
    return this.start !== start;
  }

  shareOf(frame) {
    return (frame - this.start) / this.span;
  }

  frameAt(share) {
    return this.start + share * this.span;
  }

  /** Frames in a bin so that no pixel is left without one. @param {number} pixels across */
  framesPerBin(pixels) {
    const wanted = this.span / Math.max(1, pixels);
    return Math.min(MOST_PER_BIN, 2 ** Math.max(0, Math.floor(Math.log2(wanted))));
  }
}

/** Round steps of time for a ruler. @returns {{step: number, marks: number[]}} in seconds */
export function timeMarks(startS, stopS, most) {
  const steps = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  const step = steps.find((s) => (stopS - startS) / s <= most) ?? 7200;
  const marks = [];
  for (let n = Math.max(0, Math.ceil(startS / step - 1e-6)); n * step <= stopS; n += 1) marks.push(n * step);
  return { step, marks };
}

/** 65.25 s -> "1:05.25", as finely as a step asks for. */
export function timeText(seconds, step = 1) {
  const digits = step >= 1 ? 0 : Math.min(3, Math.ceil(-Math.log10(step) - 1e-9));
  const unit = 10 ** digits;
  const whole = Math.round(Math.max(0, seconds) * unit);
  const s = Math.floor(whole / unit);
  const fraction = digits ? `.${String(whole % unit).padStart(digits, "0")}` : "";
  const two = (n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
  return `${h ? `${h}:${two(m)}` : m}:${two(s % 60)}${fraction}`;
}

/** Where the sound is, also between two reports of it. */
export class Playhead {
  constructor() {
    this.frame = 0;
    this.at = 0;
    this.framesPerMs = 0;
  }

  /** @param {number} frame as reported @param {number} perSecond 0 when it stands still */
  report(frame, perSecond, now) {
    const moving = perSecond / 1000;
    if (frame === this.frame && moving === this.framesPerMs) return;
    this.frame = frame;
    this.framesPerMs = moving;
    this.at = now;
  }

  /** @param {number} now ms */
  now(now) {
    return this.frame + this.framesPerMs * Math.min(STALE_MS, Math.max(0, now - this.at));
  }
}
