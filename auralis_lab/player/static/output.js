/**
 * Everything behind the dialogue that makes sound: graphs, lane, gain, rate, and the state shown.
 *
 * State: idle, opening, playing, paused, buffering, blocked (the browser waits for a gesture),
 * stopped, ended, failed.
 */

import { AudioGraph } from "./graph.js";
import { Relay } from "./relay.js";

const BLOCKED_AFTER_MS = 500;
const REST_AFTER_MS = 300;
const SILENT_KERNEL_MS = 20000;
const SOUNDING = new Set(["opening", "playing", "buffering", "blocked"]);

export class Output extends EventTarget {
  /**
   * @param {string} worklet text of the audio worklet's module
   * @param {() => {enhanced: boolean}} sound the sound that is wanted now
   */
  constructor(worklet, sound) {
    super();
    this.worklet = worklet;
    this.sound = sound;
    this.compare = false; // both lanes are wanted
    this.relay = new Relay((format) => this.build(format));
    this.volume = 1;
    this.rate = 1; // how fast it plays
    this.lane = "enhanced"; // the one to be heard where there are two
    this.state = "idle";
    this.message = "";
  }

  get sounding() {
    return SOUNDING.has(this.state);
  }

  build({ rate_hz: rate, channels }) {
    const graph = new AudioGraph(rate, channels, this.worklet, {
      onReport: (report, from) => this.heard(report, from),
      onRunning: () => this.allowed(),
      onError: (error) => {
        this.fail(`The audio thread does not run: ${error.message}`);
        this.relay.close();
      },
    });
    graph.setGain(this.volume * this.volume);
    graph.post({ type: "lane", lane: this.lane });
    graph.post({ type: "speed", speed: this.rate });
    if (this.sounding) graph.resume();
    return graph;
  }

  /** Have a graph of this format; false, and a message, when there can be none. */
  prepare(format) {
    return this.attempt(() => this.relay.prepare(format));
  }

  attempt(make) {
    try {
      make();
      return true;
    } catch (error) {
      this.fail(error.message);
      return false;
    }
  }

  /** Without a comparison, the lane to be heard is the one that was chosen. */
  keepLane() {
    if (!this.compare) this.lane = this.sound().enhanced ? "enhanced" : "original";
    this.tellLane();
  }

  tellLane() {
    this.relay.each((graph) => graph.post({ type: "lane", lane: this.lane }));
  }

  /** Tell when the browser does not let sound out, or the kernel does not answer. */
  watch(epoch) {
    setTimeout(() => {
      const silent = !this.relay.current?.running;
      if (epoch === this.epoch && this.sounding && silent) this.become("blocked");
    }, BLOCKED_AFTER_MS);
    setTimeout(() => {
      if (epoch === this.epoch && this.state === "opening") {
        this.become("opening", "The kernel has not answered yet.");
      }
    }, SILENT_KERNEL_MS);
  }

  allowed() {
    if (this.state === "blocked") this.become("opening");
  }

  /** Let the audio device rest while nothing is to be heard. */
  restSoon() {
    const { epoch } = this;
    const graph = this.relay.current;
    setTimeout(() => {
      if (graph !== this.relay.current || epoch !== this.epoch || this.sounding) return;
      this.relay.each((each) => each.suspend());
    }, REST_AFTER_MS);
  }

  become(state, message = "") {
    const same = state === this.state && message === this.message;
    this.state = state;
    this.message = message;
    this.changed(same);
  }

  /** @param {boolean} moved whether nothing but the position and the levels is new */
  changed(moved = false) {
    this.dispatchEvent(Object.assign(new Event("change"), { moved }));
  }
}
