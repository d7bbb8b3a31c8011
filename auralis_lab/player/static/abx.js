/**
 * A blind test: is X the original (A) or the enhanced track (B)? Each trial draws X anew; who cannot
 * tell them apart is right half of the time.
 */

/** How likely at least so many right answers are by guessing alone, exactly. */
export function chanceOf(right, trials) {
  let ways = 1n; // to have k right answers
  let sum = 0n;
  for (let k = 0; k <= trials; k += 1) {
    if (k >= right) sum += ways;
    ways = (ways * BigInt(trials - k)) / BigInt(k + 1);
  }
  return Number(sum) / 2 ** trials;
}

/** 0.0107 -> "1.1 %" */
export function spokenChance(share) {
  const percent = 100 * share;
  if (percent < 0.1) return "under 0.1 %";
  return `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

const LISTENED_MS = 500; // of a new X, before it can be told
const STALE_MS = 250; // what is longer than this between two looks was not listened to

const COLUMNS = ["trial", "x", "answer", "right", "seconds", "switches", "answered_at"];

export class BlindTest {
  /**
   * @param {object} facts about what is compared, exported with the trials
   * @param {() => boolean} draw whether X is B; by default by lot
   * @param {() => number} now in milliseconds
   */
  constructor(facts = {}, draw = byLot, now = Date.now) {
    this.facts = facts;
    this.draw = draw;
    this.now = now;
    this.trials = [];
    this.begin();
  }

  /** Whether what is heard is still what the trials before were of. */
  isOf(sound) {
    return Object.entries(sound).every(([name, value]) => !(name in this.facts) || this.facts[name] === value);
  }

  begin() {
    this.x = this.draw() ? "b" : "a";
    this.switches = 0;
    this.startedAt = this.now();
    this.sounded = false; // X, since it was drawn
    this.heardMs = 0; // and for so long
    this.lookedAt = null; // when X was heard last
  }

  /** Whether X can have been heard: the first one sounds before anybody answers, others must for a while. */
  get ready() {
    return this.sounded && (this.trials.length === 0 || this.heardMs >= LISTENED_MS);
  }

  /** Take note of whether X is heard now. @param {boolean} heard */
  look(heard) {
    const at = this.now();
    this.sounded ||= heard;
    if (heard && this.lookedAt !== null) this.heardMs += Math.min(STALE_MS, at - this.lookedAt);
    this.lookedAt = heard ? at : null;
  }

  get right() {
    return this.trials.filter((trial) => trial.right).length;
  }

  /** @returns {number | null} the chance of so good a score by guessing */
  get chance() {
    return this.trials.length ? chanceOf(this.right, this.trials.length) : null;
  }

  /** Count that another of the three was asked for. */
  switched() {
    this.switches += 1;
  }

  /** @param {"a" | "b"} answer @returns {boolean} whether it is right */
  answer(answer) {
    const at = this.now();
    const right = answer === this.x;
    this.trials.push({
      trial: this.trials.length + 1,
      x: this.x,
      answer,
      right,
      seconds: Math.round((at - this.startedAt) / 100) / 10,
      switches: this.switches,
      answered_at: new Date(at).toISOString(),
    });
    this.begin();
    return right;
  }

  /** A line for each trial, each with what was compared. */
  csv() {
    const names = [...COLUMNS, ...Object.keys(this.facts)];
    const lines = this.trials.map((trial) => names.map((name) => cell(trial[name] ?? this.facts[name])).join(","));
    return `${[names.join(","), ...lines].join("\n")}\n`;
  }

  json() {
    const { facts, trials, right, chance } = this;
    return JSON.stringify({ ...facts, count: trials.length, right, p_value: chance, trials }, null, 2);
  }
}

/** A value as CSV has it. */
function cell(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function byLot() {
  return crypto.getRandomValues(new Uint8Array(1))[0] >= 128;
}
