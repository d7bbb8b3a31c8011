/**
 * What was asked of the kernel, what it announced, and what the audio thread made of it.
 *
 * More than one epoch may live: the one that sounds, and the one that was asked for last and waits
 * to be spliced in. The kernel only knows the latter.
 */

const NO_FRAMES_HASH = 0x811c9dc5;

/** An epoch, as the kernel announces it. */
class Epoch {
  constructor(number, splices, timed) {
    this.number = number;
    this.splices = splices;
    this.askedAt = timed ? performance.now() : null;
    this.latencyMs = null; // from being asked for to its first frame
    this.segments = [];
    this.nextSeq = 0;
    this.frames = 0; // received
    this.segmentFrames = 0; // of the last segment
  }

  /** Take note of the first frame that sounds. */
  begun() {
    if (this.askedAt === null) return;
    this.latencyMs = performance.now() - this.askedAt;
    this.askedAt = null;
  }
}

export class Ledger {
  /** @param {string} client the word by which the kernel knows this page */
  constructor(client) {
    this.client = client;
    /** @type {Map<number, Epoch>} */
    this.epochs = new Map();
    this.number = 0; // of the latest epoch
    this.forget();
  }

  forget() {
    this.epochs.clear();
    this.report = null; // the audio thread's latest
    this.sentReport = null; // the latest message about one
  }

  /** @returns {Epoch | null} the one that was asked for last */
  get latest() {
    return this.epochs.get(this.number) ?? null;
  }

  /** The announced segment that sounds, or `null`. */
  get segment() {
    return this.segmentOf(this.report);
  }

  /** Whether an epoch waits to be spliced in. */
  get pending() {
    return this.report !== null && this.report.epoch !== this.number;
  }

  segmentOf(report) {
    const segments = report ? this.epochs.get(report.epoch)?.segments : null;
    return segments?.find((each) => each.segment === report.segment) ?? null;
  }

  /** Count up to the next epoch. */
  open({ splices = false, timed = true } = {}) {
    this.number += 1;
    this.epochs.set(this.number, new Epoch(this.number, splices, timed));
    return this.number;
  }

  announce(segment) {
    this.latest.segments.push({ ...segment });
    this.latest.segmentFrames = 0;
  }

  /** Count a block in; false when one before it is missing. */
  receive({ seq, segment, frames }) {
    const { latest } = this;
    if (seq !== latest.nextSeq || segment !== latest.segments.at(-1)?.segment) return false;
    latest.nextSeq += 1;
    latest.frames += frames;
    latest.segmentFrames += frames;
    return true;
  }

  /** Learn where the epoch ends; false when not all of it came. */
  completed({ segment, position_frame: stop }) {
    const last = this.latest.segments.at(-1);
    if (last?.segment !== segment) return false;
    last.total_frames = stop;
    return last.start_frame + this.latest.segmentFrames === stop;
  }

  /** Take a report of the audio thread; false when it is about something forgotten. */
  heard(report) {
    const epoch = this.epochs.get(report.epoch);
    if (!epoch || (this.report && report.epoch < this.report.epoch)) return false;
    for (const number of this.epochs.keys()) if (number < report.epoch) this.epochs.delete(number);
    if (epoch.splices || report.consumed > 0) epoch.begun();
    this.report = report;
    return true;
  }

  /** The message to the kernel about the latest report, or `null` when it would tell nothing. */
  message(state) {
    const { report, latest } = this;
    const waits = report.epoch !== this.number;
    if (waits ? report.nextEpoch !== this.number : this.segment === null) return null;
    const facts = waits ? this.factsOfNext(report) : factsOf(report, this.segment);
    const message = {
      type: "report",
      epoch: this.number,
      client: this.client,
      state: waits && state === "ended" ? "waiting" : state,
      ...facts,
      latency_ms: latest.splices ? null : latest.latencyMs,
      splice_ms: latest.splices ? latest.latencyMs : null,
    };
    const same = (key) => this.sentReport?.[key] === message[key];
    const told = ["epoch", "state", "segment", "consumed_frames", "position_frame", "lane"].every(same);
    if (told && !message.final) return null;
    this.sentReport = message;
    return message;
  }

  factsOfNext(report) {
    const [first] = this.latest.segments;
    return {
      segment: first.segment,
      position_frame: report.position,
      consumed_frames: report.nextConsumed,
      queued_frames: report.nextQueued,
      underruns: 0,
      underrun_frames: 0,
      run_frame: first.start_frame + report.nextConsumed,
      run_frames: 0,
      pcm_hash: NO_FRAMES_HASH,
      lane: laneOf(report, first),
      final: false,
    };
  }
}

/** What the audio thread is to know of a segment that the kernel announces. */
export function declarationOf(message) {
  return {
    type: "segment",
    epoch: message.epoch,
    segment: message.segment,
    startFrame: message.start_frame,
    channels: message.channels,
    lanes: message.lanes.map((lane) => lane.name),
    gains: message.lanes.map((lane) => 10 ** (lane.gain_db / 20)),
    overlap: message.overlap_frames,
  };
}

function laneOf(report, segment) {
  return segment?.lanes.length === 1 ? segment.lanes[0].name : report.lane;
}

function factsOf(report, segment) {
  return {
    segment: report.segment,
    position_frame: report.position,
    consumed_frames: report.consumed,
    queued_frames: report.queued,
    underruns: report.underruns,
    underrun_frames: report.underrunFrames,
    run_frame: report.runFrame,
    run_frames: report.runFrames,
    pcm_hash: report.hash,
    lane: laneOf(report, segment),
    final: report.final,
  };
}

/** A name that no other page has. */
export function newName() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
