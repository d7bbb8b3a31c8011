/** Scales, holds and words of the meters. Levels are in dB; nothing measured is null or -Infinity. */

/** Where a value lies on a scale, 0 to 1. */
export function shareOn(value, [low, high]) {
  if (value === null || value === undefined || !(value > -Infinity)) return 0;
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** One decimal with a true minus; a dash where there is nothing. */
export function levelText(value, { sign = false, digits = 1 } = {}) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return (value < 0 ? "−" : sign ? "+" : "") + text;
}

/** A level as it is spoken. */
export function spokenLevel(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "nothing yet";
  const text = Math.abs(value).toFixed(1);
  return `${value < 0 && Number(text) !== 0 ? "minus " : ""}${text} ${unit}`;
}

/** A peak that is held for a while and then falls. */
export class Hold {
  constructor(holdMs = 1500, fallDbPerS = 20) {
    this.holdMs = holdMs;
    this.fallDbPerS = fallDbPerS;
    this.reset();
  }

  reset() {
    this.level = -Infinity;
    this.since = 0;
  }

  /** @returns {number} what is held now */
  take(level, now) {
    const waited = now - this.since - this.holdMs;
    const fallen = waited > 0 ? this.level - (this.fallDbPerS * waited) / 1000 : this.level;
    if (level >= fallen) {
      this.level = level;
      this.since = now;
      return level;
    }
    return fallen;
  }
}

/** What a correlation means, in a word. */
export function correlationWord(value) {
  if (value === null || value === undefined) return "not known";
  if (value > 0.9) return "nearly mono";
  if (value > 0.2) return "well together";
  if (value > -0.2) return "wide";
  return "out of phase";
}

/** A count with thin separators. */
export function countText(value) {
  return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** Bytes as people read them. */
export function bytesText(bytes) {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
