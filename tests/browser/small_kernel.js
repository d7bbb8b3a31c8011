/** A kernel in the page: sends made tracks as credit allows, and keeps what it is told. */

class SmallKernel {
  /** @param {Object<number, {frames: number, rate_hz: number, channels: number}>} tracks */
  constructor(tracks, worklet) {
    this.tracks = tracks;
    this.reports = [];
    this.plays = [];
    this.sound = { enhanced: true, preset: "warm", intensity: 1 };
    this.engine = new Engine({
      send: (message) => this.take(message),
      worklet,
      sound: () => this.sound,
    });
    this.heard = [];
    const heard = this.engine.heard.bind(this.engine);
    this.engine.heard = (report, graph) => {
      this.heard.push({ ...report, at: this.timeOf(report.time, graph.context) });
      heard(report, graph);
    };
    this.engine.load({ entry: "e1", id: 1, total_frames: tracks[1].frames, ...tracks[1] });
  }

  /** A time of a context, in milliseconds on the page's clock, whenever it is told. */
  timeOf(time, context) {
    const { contextTime, performanceTime } = context.getOutputTimestamp();
    return performanceTime + 1000 * (time - contextTime);
  }

  take(message) {
    if (message.type === "report") {
      this.reports.push({ at: performance.now(), ...message });
      if (this.feed) this.feed.gone = Math.max(this.feed.gone, message.consumed_frames);
    } else if (message.type === "play") {
      this.plays.push(message);
      const { track_id: id, start_frame: at } = message;
      this.feed = { ...message, segment: -1, id: id - 1, at, sent: 0, gone: 0, seq: 0 };
      clearInterval(this.timer);
      this.timer = setInterval(() => this.serve(this.feed), 5);
    } else clearInterval(this.timer);
  }

  answer({ epoch, client }, message, buffers = []) {
    this.engine.receive({ epoch, client, ...message }, buffers);
  }

  serve(feed) {
    let track = this.tracks[feed.id];
    if (feed.segment < 0 || feed.at === track.frames) {
      if (!this.tracks[feed.id + 1]) {
        clearInterval(this.timer);
        const { segment, at } = feed;
        this.answer(feed, { type: "ended", reason: "completed", segment, position_frame: at });
        return;
      }
      if (feed.segment >= 0) feed.at = 0;
      feed.id += 1;
      feed.segment += 1;
      track = this.tracks[feed.id];
      this.announce(feed, track);
    }
    const frames = Math.min(track.rate_hz / 5, track.frames - feed.at);
    if (feed.sent + frames - feed.gone > 2 * track.rate_hz) return;
    const rows = track.channels * (feed.compare ? 2 : 1);
    const block = new Float32Array(rows * frames);
    for (let row = 0; row < rows; row += 1) {
      for (let i = 0; i < frames; i += 1) {
        const whole = ((feed.at + i) * 7 + row * 3 + feed.id * 131 + 1) % 1999;
        block[row * frames + i] = (whole - 999) / 4000;
      }
    }
    const { segment, seq } = feed;
    feed.seq += 1;
    feed.at += frames;
    feed.sent += frames;
    this.answer(feed, { type: "block", segment, seq, frames }, [new DataView(block.buffer)]);
  }

  announce({ segment, id, at, compare, epoch, client }, { frames, rate_hz, channels }) {
    const names = compare ? ["original", "enhanced"] : ["enhanced"];
    const lanes = names.map((name) => ({ name, gain_db: 0, loudness_lufs: null }));
    const facts = { entry: `e${id}`, track_id: id, start_frame: at, total_frames: frames };
    const format = { rate_hz, channels, lanes, overlap_frames: 0 };
    this.answer({ epoch, client }, { type: "segment", segment, ...facts, ...format });
  }
}

window.SmallKernel = SmallKernel;
