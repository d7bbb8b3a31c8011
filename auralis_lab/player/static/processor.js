/** The audio worklet: a port to `Playback`, its rate, and a meter. Volume comes in a node behind. */

import { Meter } from "./meter.js";
import { Playback } from "./playback.js";
import { Stretch } from "./stretch.js";

class AuralisProcessor extends AudioWorkletProcessor {
  constructor({ outputChannelCount }) {
    super();
    const [channels] = outputChannelCount;
    this.playback = new Playback(sampleRate, channels, (report) => this.tell(report));
    this.stretch = new Stretch(sampleRate, channels, (rows, n) => this.playback.process(rows, n));
    this.meter = new Meter(sampleRate, channels);
    this.playback.reporter.report.meters = this.meter.reading();
    this.beginnings = 0;
    this.startsAt = Infinity; // time of the context at which holding is to end
    this.alive = true;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive(data) {
    const playback = this.playback;
    if (data.type === "block") playback.push(data.epoch, data.buffer, data.frames);
    else if (data.type === "open") playback.open(data.epoch, data.offset);
    else if (data.type === "splice") playback.splice(data.epoch, data.anchor);
    else if (data.type === "segment") playback.declare(data);
    else if (data.type === "finish") playback.finish(data.epoch);
    else if (data.type === "hold") this.hold(data.held);
    else if (data.type === "start") this.startsAt = data.at;
    else if (data.type === "lane") playback.choose(data.lane);
    else if (data.type === "loop") playback.setLoop(data);
    else if (data.type === "speed") this.stretch.setSpeed(data.speed);
    else if (data.type === "stop") playback.stop();
    else if (data.type === "close") this.alive = false;
  }

  hold(held) {
    this.startsAt = Infinity;
    this.playback.hold(held);
  }

  process(_inputs, outputs) {
    const sound = outputs[0];
    if (currentTime >= this.startsAt) this.hold(false);
    this.stretch.process(sound);
    if (this.beginnings !== this.playback.beginnings) {
      this.beginnings = this.playback.beginnings;
      this.meter.restart();
    }
    this.meter.process(sound, this.playback.running);
    return this.alive;
  }

  tell(report) {
    this.meter.fill(report.meters);
    report.time = currentTime;
    report.ahead = this.stretch.ahead;
    this.port.postMessage(report);
  }
}

registerProcessor("auralis-player", AuralisProcessor);
