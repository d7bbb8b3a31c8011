/**
 * Going round between two frames of a track.
 *
 * Before the end is reached, the kernel is asked for the beginning, and the two are joined by a
 * splice: the end of the range sounds up to its last frame, and the beginning follows it.
 */

const ASK_AHEAD_S = 1.2;
const MARGIN_S = 0.04; // what the fade takes of the frames behind the end
const SHORTEST_S = 0.4;

export class Loop {
  /** @param {import("./engine.js").Engine} engine */
  constructor(engine) {
    this.engine = engine;
    /** @type {{a: number, b: number} | null} */
    this.range = null;
    this.joined = 0; // the epoch that was asked for to begin anew
  }

  /**
   * @param {number | null} a first frame; `null` for no loop
   * @param {number} b frame after the last
   */
  set(a, b = 0) {
    const least = Math.ceil(SHORTEST_S * (this.engine.track?.rate_hz ?? 1));
    const first = a === null ? 0 : Math.max(0, Math.round(a));
    const again = this.range !== null && this.joined === this.engine.epoch;
    this.range = a === null ? null : { a: first, b: Math.max(first + least, Math.round(b)) };
    // A way back that is under way leads to where we no longer want to go.
    if (again && this.engine.ledger.pending) this.engine.splice();
  }

  /** Look whether it is time to go back. */
  follow() {
    const { engine, range } = this;
    const { ledger, segment, position } = engine;
    if (range === null || segment === null || !engine.sounding || ledger.pending) return;
    const near = position + ASK_AHEAD_S * engine.rate * segment.rate_hz >= range.b;
    // Asking ends what is being sent: the rest of the range must be here by then.
    const needed = range.b + MARGIN_S * segment.rate_hz;
    const here = position + engine.report.queued >= Math.min(needed, engine.totalFrames || needed);
    if (position >= range.b) engine.seek(range.a);
    else if (near && here) {
      engine.splice({ from: range.b, to: range.a });
      this.joined = engine.epoch;
    }
  }
}
