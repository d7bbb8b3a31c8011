/**
 * One audio graph after the other, where tracks of different formats follow each other.
 *
 * The first graph sounds. Those behind it are built, filled and held ahead of time; when the first
 * has played its last frame, the next one takes over.
 */

export class Relay {
  /** @param {(format: object) => import("./graph.js").AudioGraph} make may throw */
  constructor(make) {
    this.make = make;
    /** @type {import("./graph.js").AudioGraph[]} */
    this.graphs = [];
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

  /** The first graph is at its end: let the next one sound, if not all are held. */
  pass(held) {
    this.graphs.shift().close();
    if (!held) this.current.resume();
    this.current.post({ type: "hold", held });
  }

  dropWaiting() {
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
