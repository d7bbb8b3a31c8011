/**
 * One audio graph after the other, where tracks of different formats follow each other.
 *
 * The first graph sounds. Those behind it are built, filled and held ahead of time; when the first
 * has played its last frame, the next one takes over, at a time that is reckoned ahead.
 */

const HEARD = new Set(["playing", "starved", "ended"]);
const BLUR_S = 0.018; // clocks are known to a device's buffer: rather a short gap than both at once
const RECKON_S = 0.4; // how long before its end the first graph's end is reckoned

export class Relay {
  /** @param {(format: object) => import("./graph.js").AudioGraph} make may throw */
  constructor(make) {
    this.make = make;
    /** @type {import("./graph.js").AudioGraph[]} */
    this.graphs = [];
    this.early = []; // reports of the next graph, which began before the first was known to end
  }

  /** The graph that sounds. */
  get current() {
    return this.graphs[0] ?? null;
  }

  /** The graph that takes the blocks. */
  get last() {
    return this.graphs.at(-1) ?? null;
  }

  get waiting() {
    return this.graphs.length > 1;
  }

  /** Have a graph of this format sound, and none wait behind it. */
  prepare(format) {
    this.dropWaiting();
    if (this.current?.fits(format)) return this.current;
    this.close();
    this.graphs = [this.make(format)];
    return this.current;
  }

  /**
   * Let a graph of another format wait behind the last one, which gets nothing more.
   * @param {object} format rate_hz and channels
   * @param {number} epoch
   * @param {number} offset frames of the epoch that went to the graphs before
   */
  extend(format, epoch, offset) {
    const graph = this.make(format);
    this.last.post({ type: "finish", epoch });
    graph.post({ type: "open", epoch, offset });
    graph.post({ type: "hold", held: true });
    this.graphs.push(graph);
  }

  /** Let the next graph begin when the first one will have ended. */
  reckon({ queued, ahead, time }, speed) {
    const [first, next] = this.graphs;
    const left = (queued + ahead) / (speed * first.rate) - (first.context.currentTime - time);
    if (left < RECKON_S) next.post({ type: "start", at: next.context.currentTime + left + BLUR_S });
  }

  /** Hold all that sounds or is about to. */
  hold() {
    this.each((graph) => graph.post({ type: "hold", held: true }));
  }

  /** Keep a report until its graph's turn has come. */
  keep(report, graph) {
    if (graph === this.graphs[1] && HEARD.has(report.state)) this.early.push(report);
  }

  /**
   * The first graph is at its end: let the next one sound, if not all are held.
   * @returns {object[]} its reports so far
   */
  pass(held) {
    this.graphs.shift().close();
    if (!held) this.current.resume();
    this.current.post({ type: "hold", held });
    return this.early.splice(0);
  }

  dropWaiting() {
    this.early = [];
    for (const graph of this.graphs.splice(1)) graph.close();
  }

  each(act) {
    this.graphs.forEach(act);
  }

  close() {
    this.dropWaiting();
    this.current?.close();
    this.graphs = [];
  }
}
