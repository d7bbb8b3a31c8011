/** The whole way in small: a kernel with credit, the real engine, and real audio threads. */

import { mock } from "node:test";

import { Playback } from "../../auralis_lab/player/static/playback.js";
import { page } from "./page.mjs";
import { block, QUANTUM } from "./sound.mjs";

const { Engine } = await import("../../auralis_lab/player/static/engine.js");

const QUANTUM_MS = 16; // 128 frames at 8 kHz

/** An audio node with a real playback; messages take one quantum each way. */
class LivingNode {
  constructor(context, _name, { outputChannelCount: [channels] }) {
    context.node = this;
    this.channels = channels;
    this.inbox = [];
    this.outbox = [];
    this.playback = new Playback(context.sampleRate, channels, (report) =>
      this.outbox.push({ ...report }),
    );
    this.port = { postMessage: (message) => this.inbox.push(message) };
  }

  connect() {}

  /** One quantum: what was posted before is heard, what is reported comes after it. */
  run() {
    const reports = this.outbox.splice(0);
    for (const message of this.inbox.splice(0)) this.receive(message);
    const out = Array.from({ length: this.channels }, () => new Float32Array(QUANTUM));
    this.playback.process(out);
    for (const report of reports) this.port.onmessage({ data: report });
    return out[0];
  }

  receive(data) {
    const { playback } = this;
    if (data.type === "block") playback.push(data.epoch, data.buffer, data.frames);
    else if (data.type === "open") playback.open(data.epoch, data.offset);
    else if (data.type === "splice") playback.splice(data.epoch, data.anchor);
    else if (data.type === "segment") playback.declare(data);
    else if (data.type === "finish") playback.finish(data.epoch);
    else if (data.type === "hold") playback.hold(data.held);
    else if (data.type === "lane") playback.choose(data.lane);
    else if (data.type === "loop") playback.setLoop(data);
    else if (data.type === "stop") playback.stop();
  }
}

globalThis.AudioWorkletNode = LivingNode;

/** Tracks by id: `{frames, rate_hz, channels}`; each track's entry is "e" and its id. */
export class Journey {
  constructor(tracks, { delay = () => 3, windowFrames = 6000, blockFrames = () => 700 } = {}) {
    Object.assign(this, { tracks, delay, windowFrames, blockFrames });
    this.sound = { enhanced: true, preset: "warm", intensity: 1 };
    this.heard = [];
    this.reports = [];
    this.plays = [];
    this.feed = null;
    this.engine = new Engine({
      send: (message) => this.take(message),
      worklet: "",
      sound: () => this.sound,
    });
    this.engine.load(this.description(1));
  }

  description(id) {
    const { frames, rate_hz, channels } = this.tracks[id];
    return { entry: `e${id}`, id, rate_hz, channels, total_frames: frames };
  }

  // --- the kernel -------------------------------------------------------------------------------

  take(message) {
    if (message.type === "play") {
      this.plays.push(message);
      this.feed = { play: message, wait: this.delay(), sent: 0, gone: 0, seq: 0, segment: -1 };
    } else if (message.type === "report") {
      this.reports.push(message);
      if (message.consumed_frames > this.feed.sent) throw new Error("more gone than was sent");
      this.feed.gone = Math.max(this.feed.gone, message.consumed_frames);
    } else this.feed = null;
  }

  answer(feed, message, view) {
    const { epoch, client } = feed.play;
    this.engine.receive({ epoch, client, ...message }, view ? [new DataView(view)] : []);
  }

  announce(feed, id, start) {
    const { frames, rate_hz, channels } = this.tracks[id];
    Object.assign(feed, { id, at: start, stop: frames, segment: feed.segment + 1 });
    const names = feed.play.compare ? ["original", "enhanced"] : ["enhanced"];
    this.answer(feed, {
      type: "segment",
      segment: feed.segment,
      entry: `e${id}`,
      track_id: id,
      start_frame: start,
      total_frames: frames,
      channels,
      rate_hz,
      lanes: names.map((name) => ({ name, gain_db: 0, loudness_lufs: null })),
      overlap_frames: 0,
      fade: "",
      provisional: false,
    });
  }

  /** Send one block, if there is credit. */
  serve() {
    const { feed } = this;
    if (!feed || feed.over) return;
    if (feed.wait > 0) {
      feed.wait -= 1;
      return;
    }
    const { start_frame: start, track_id: first, compare } = feed.play;
    if (feed.segment < 0) {
      this.announce(feed, first, Math.min(start, this.tracks[first].frames));
      return;
    }
    if (feed.at === feed.stop) {
      if (this.tracks[feed.id + 1]) this.announce(feed, feed.id + 1, 0);
      else {
        feed.over = true;
        const facts = { segment: feed.segment, position_frame: feed.stop };
        this.answer(feed, { type: "ended", reason: "completed", ...facts });
      }
      return;
    }
    const frames = Math.min(this.blockFrames(), feed.stop - feed.at);
    if (feed.sent + frames - feed.gone > this.windowFrames) return;
    const rows = this.tracks[feed.id].channels * (compare ? 2 : 1);
    const { segment, seq, at } = feed;
    feed.seq += 1;
    feed.sent += frames;
    feed.at += frames;
    const samples = block(at, frames, rows, feed.id);
    this.answer(feed, { type: "block", segment, seq, first_frame: at, frames }, samples);
  }

  // --- time -------------------------------------------------------------------------------------

  /** Let so many quanta pass. */
  async run(quanta) {
    for (let q = 0; q < quanta; q += 1) {
      this.serve();
      await null;
      await null;
      const sum = new Float32Array(QUANTUM);
      for (const { node, state } of page.contexts) {
        if (state !== "running" || !node) continue;
        node.run().forEach((sample, i) => (sum[i] += sample));
      }
      this.heard.push(...sum);
      mock.timers.tick(QUANTUM_MS);
    }
  }

  async until(state, most = 3000) {
    for (let q = 0; q < most && this.engine.state !== state; q += 1) await this.run(1);
    if (this.engine.state !== state) throw new Error(`never ${state}, but ${this.engine.state}`);
  }
}
