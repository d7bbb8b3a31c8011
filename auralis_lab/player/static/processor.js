/** The audio worklet: a port to `Playback`. Volume comes after it, in a GainNode. */

import { Playback } from "./playback.js";

class AuralisProcessor extends AudioWorkletProcessor {
  constructor({ outputChannelCount }) {
    super();
    this.playback = new Playback(sampleRate, outputChannelCount[0], (report) =>
      this.port.postMessage(report),
    );
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
    else if (data.type === "hold") playback.hold(data.held);
    else if (data.type === "lane") playback.choose(data.lane);
    else if (data.type === "stop") playback.stop();
    else if (data.type === "close") this.alive = false;
  }

  process(_inputs, outputs) {
    this.playback.process(outputs[0]);
    return this.alive;
  }
}

registerProcessor("auralis-player", AuralisProcessor);
