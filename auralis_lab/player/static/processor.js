/** The audio worklet: a port to `Playback`. Volume comes after it, in a GainNode. */

import { Playback } from "./playback.js";

class AuralisProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.playback = new Playback(sampleRate);
    this.alive = true;
    this.port.onmessage = ({ data }) => this.receive(data);
  }

  receive(data) {
    const playback = this.playback;
    if (data.type === "block") {
      playback.push(data.epoch, data.buffer, data.channels, data.frames);
    } else if (data.type === "open") playback.open(data.epoch, data.startFrame);
    else if (data.type === "finish") playback.finish(data.epoch, data.frames);
    else if (data.type === "hold") playback.hold(data.held);
    else if (data.type === "stop") playback.stop();
    else if (data.type === "close") this.alive = false;
  }

  process(_inputs, outputs) {
    if (this.playback.process(outputs[0])) this.port.postMessage(this.playback.report);
    return this.alive;
  }
}

registerProcessor("auralis-player", AuralisProcessor);
