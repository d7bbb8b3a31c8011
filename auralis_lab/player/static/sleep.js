/** Falling asleep: after a while sound fades out, and is paused. */

const FADE_MS = 10000;
const STEP_MS = 100;

export class SleepTimer {
  /** @param {import("./engine.js").Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.timer = 0;
    this.endsAt = null;
  }

  /** @param {number | null} minutes until the fade begins */
  set(minutes) {
    clearTimeout(this.timer);
    if (this.fading) this.engine.setVolume(this.engine.volume);
    this.fading = false;
    this.endsAt = minutes === null ? null : Date.now() + 60000 * minutes;
    if (minutes !== null) this.timer = setTimeout(() => this.fade(0), 60000 * minutes);
  }

  /** @returns {number | null} seconds until the fade begins */
  get left() {
    return this.endsAt === null ? null : Math.max(0, (this.endsAt - Date.now()) / 1000);
  }

  /** Go down a step, and at the bottom pause. */
  fade(spentMs) {
    const { engine } = this;
    this.fading = engine.sounding && spentMs < FADE_MS;
    if (!this.fading) {
      engine.pause();
      // Full volume again once the pause has taken effect.
      this.timer = setTimeout(() => this.set(null), 2 * STEP_MS);
      this.fading = true;
      return;
    }
    engine.dim(1 - spentMs / FADE_MS);
    this.timer = setTimeout(() => this.fade(spentMs + STEP_MS), STEP_MS);
  }
}
