/** What the audio thread tells: fifteen times a second, at each change, and as a segment ends. */

const REPORT_S = 1 / 15;

export class Reporter {
  /**
   * @param {number} rate frames per second
   * @param {(report: object) => void} post takes the one report there is, overwritten each time
   */
  constructor(rate, post) {
    this.post = post;
    this.frames = Math.round(REPORT_S * rate);
    this.since = 0;
    this.toldEpoch = 0;
    this.toldState = "";
    this.report = {
      type: "report",
      epoch: 0,
      state: "idle",
      segment: 0,
      position: 0,
      consumed: 0,
      queued: 0,
      underruns: 0,
      underrunFrames: 0,
      runFrame: 0,
      runFrames: 0,
      hash: 0,
      lane: "enhanced",
      final: false,
      looping: false, // in frames that are kept here
      time: 0, // of the context
      ahead: 0, // frames that are gone and still to be heard
      nextEpoch: 0, // the epoch that waits to be spliced in, or 0, and its counts
      nextConsumed: 0,
      nextQueued: 0,
    };
  }

  /** Let so many frames pass, and report when it is time. */
  count(playback, frames) {
    this.since += frames;
    const { state, upcoming } = playback;
    const changed = state !== this.toldState || playback.deck.now.epoch !== this.toldEpoch;
    const over = state === "ended" && upcoming.queue === null;
    if (changed || (this.since >= this.frames && !over)) this.tell(playback, false);
  }

  /** Report, for the last time of the segment when it is `over`. */
  tell(playback, over) {
    const { report } = this;
    const { state, upcoming } = playback;
    const { now } = playback.deck;
    report.epoch = now.epoch;
    report.state = over ? "playing" : state;
    report.segment = now.segment === null ? 0 : now.segment.segment;
    report.position = now.position;
    report.consumed = now.gone;
    report.queued = now.pushed - now.gone;
    report.looping = now.loop !== null;
    report.underruns = playback.underruns;
    report.underrunFrames = playback.underrunFrames;
    report.runFrame = now.runFrame;
    report.runFrames = now.runFrames;
    report.hash = now.hash;
    report.lane = playback.lanes.name;
    report.final = over || state === "ended";
    report.nextEpoch = 0;
    if (upcoming.ready) {
      report.nextEpoch = upcoming.queue.epoch;
      report.nextConsumed = upcoming.queue.consumed;
      report.nextQueued = upcoming.queue.available;
    }
    if (!over) {
      this.since %= this.frames;
      this.toldEpoch = now.epoch;
      this.toldState = state;
    }
    this.post(report);
  }
}
