/**
 * The way from the audio thread to the ear: worklet, analyser, volume, device.
 *
 * The context runs at the track's own rate, so the worklet's frames are the track's frames; the
 * browser converts to the device's rate behind it. More than two channels leave the worklet as they
 * are and are mixed down at the device by the Web Audio rules for speakers.
 */

const VOLUME_RAMP_S = 0.015;
const FADE_OUT_MS = 150; // what a graph that is closed has left for its last sound
const SPECTRUM_POINTS = 4096;

/**
 * Have the browser start its audio service, which the first context would wait for with the whole
 * page: a tenth of a second. Asking for the devices does, and asks the person for nothing.
 */
export function wakeAudio() {
  globalThis.navigator?.mediaDevices?.enumerateDevices?.().catch(() => {});
}

export class AudioGraph {
  /**
   * @param {number} rate frames per second
   * @param {number} channels
   * @param {string} worklet text of the worklet's module
   * @param {{onReport: Function, onRunning: Function, onError: Function}} listeners
   */
  constructor(rate, channels, worklet, listeners) {
    if (typeof AudioContext === "undefined") {
      throw new Error("This browser has no Web Audio.");
    }
    this.rate = rate;
    this.channels = channels;
    this.context = new AudioContext({ sampleRate: rate });
    if (!this.context.audioWorklet) {
      this.context.close();
      throw new Error("Sound needs a secure page: open it over https or on localhost.");
    }
    this.analyser = new AnalyserNode(this.context, { fftSize: SPECTRUM_POINTS });
    this.volume = new GainNode(this.context, { channelInterpretation: "speakers" });
    this.volume.connect(this.context.destination);
    this.context.onstatechange = () => this.running && listeners.onRunning();
    this.node = null;
    const fail = (error) => this.context.state !== "closed" && listeners.onError(error);
    this.ready = this.build(worklet, (report) => listeners.onReport(report, this), fail);
    this.ready.catch(fail);
  }

  async build(worklet, onReport, fail) {
    const url = URL.createObjectURL(new Blob([worklet], { type: "text/javascript" }));
    try {
      await this.context.audioWorklet.addModule(url);
    } finally {
      URL.revokeObjectURL(url);
    }
    this.node = new AudioWorkletNode(this.context, "auralis-player", {
      numberOfInputs: 0,
      outputChannelCount: [this.channels],
    });
    this.node.port.onmessage = ({ data }) => onReport(data);
    this.node.onprocessorerror = () => fail(new Error("it broke off"));
    this.node.connect(this.analyser);
    this.node.connect(this.volume);
  }

  fits({ rate_hz: rate, channels }) {
    return this.rate === rate && this.channels === channels;
  }

  get running() {
    return this.context.state === "running";
  }

  /** @returns {number} seconds from the audio thread to the ear */
  get latency() {
    return this.context.outputLatency || this.context.baseLatency || 0;
  }

  /** Hand a message to the audio thread, now or when it is there, in order. */
  post(message, transfer = []) {
    if (this.node) this.node.port.postMessage(message, transfer);
    else this.ready.then(() => this.node.port.postMessage(message, transfer), () => {});
  }

  setGain(gain, ramp = VOLUME_RAMP_S) {
    this.volume.gain.setTargetAtTime(gain, this.context.currentTime, ramp);
  }

  resume() {
    this.context.resume().catch(() => {});
  }

  suspend() {
    if (this.running) this.context.suspend().catch(() => {});
  }

  /** Fade out and give the device back. */
  close() {
    this.post({ type: "stop" });
    setTimeout(() => {
      this.post({ type: "close" });
      this.context.close().catch(() => {});
    }, FADE_OUT_MS);
  }
}
