/**
 * Going round between two frames of a track.
 *
 * The audio thread goes round by itself in frames that it has kept, which it does from the moment it
 * knows of a loop. Where the first frame is gone already, or the range is long, the kernel is asked
 * for the beginning before the end is reached, and the two are joined by a splice: the end of the
 * range sounds up to its last frame, and the beginning follows it.
 */

const ASK_AHEAD_S = 1.2;
const MARGIN_S = 0.04; // what the fade takes of the frames behind the end
const SHORTEST_S = 0.1;
const LONGEST_KEPT_S = 30;
const REPORTS_SINCE = 2; // so many after it was told, the audio thread has answered
const RENEW_MS = 120000; // while it goes round, the kernel hears nothing, and would let go

export class Loop {
  /** @param {import("./engine.js").Engine} engine */
  constructor(engine) {
    this.engine = engine;
    /** @type {{a: number, b: number} | null} */
    this.range = null;
    this.entry = null; // the track's place in the queue
    this.joined = 0; // the epoch that was asked for to begin anew
    this.toldAt = 0;
    this.since = 0; // reports since then
    this.latest = null; // the latest report
  }

  /**
   * @param {number | null} a first frame; `null` for no loop
   * @param {number} b frame after the last
   */
  set(a, b = 0) {
    const { engine } = this;
    const least = Math.ceil(SHORTEST_S * (engine.track?.rate_hz ?? 1));
    const first = a === null ? 0 : Math.max(0, Math.round(a));
    const again = this.range !== null && this.joined === engine.epoch;
    this.range = a === null ? null : { a: first, b: Math.max(first + least, Math.round(b)) };
    this.entry = engine.entry;
    if (engine.segment) this.tell(engine.segment, engine.report.epoch, engine.relay.current);
    // A way back that is under way leads to where we no longer want to go.
    if (again && engine.ledger.pending) engine.splice();
  }

  /** Let the audio thread know of the loop in a segment. */
  tell({ segment, rate_hz: rate }, epoch, graph) {
    const { a, b } = this.range ?? { a: null, b: 0 };
    const kept = a !== null && b - a <= LONGEST_KEPT_S * rate;
    graph.post({ type: "loop", epoch, segment, a: kept ? a : null, b });
    this.toldAt = performance.now();
    this.since = 0;
  }

  /** A segment is to come: it may be the one with the loop. */
  announced(segment, epoch, graph) {
    if (this.range !== null && segment.entry === this.entry) this.tell(segment, epoch, graph);
  }

  /** Look whether it is time to go back. */
  follow() {
    const { engine, range } = this;
    const { ledger, segment, report, position } = engine;
    if (range === null || segment?.entry !== this.entry) return;
    if (!engine.sounding || ledger.pending) return;
    if (report.looping) {
      if (performance.now() - this.toldAt > RENEW_MS) engine.splice();
      return;
    }
    if (report !== this.latest) this.since += 1;
    this.latest = report;
    if (position >= range.b) engine.seek(range.a);
    if (position >= range.b || this.since < REPORTS_SINCE) return;
    const near = position + ASK_AHEAD_S * engine.rate * segment.rate_hz >= range.b;
    // Asking ends what is being sent: the rest of the range must be here by then.
    const needed = range.b + MARGIN_S * segment.rate_hz;
    const here = position + report.queued >= Math.min(needed, engine.totalFrames || needed);
    if (near && here) {
      engine.splice({ from: range.b, to: range.a });
      this.joined = engine.epoch;
    }
  }
}
