/** Where the player is known outside its page: the keys and the lock screen of the device, the tab. */

const SKIP_BY_KEY_S = 10;
const PAGE = "Auralis Lab";

export class MediaKeys {
  /**
   * @param {import("./engine.js").Engine} engine
   * @param {boolean} queued whether there are tracks before and after
   * @param {boolean} wholePage whether the page is the player's own
   */
  constructor(engine, queued, wholePage) {
    this.engine = engine;
    this.wholePage = wholePage;
    this.track = null;
    this.session = navigator.mediaSession ?? null;
    this.acts = {
      play: () => engine.play(),
      pause: () => engine.pause(),
      stop: () => engine.stop(),
      seekto: ({ seekTime }) => this.seek(seekTime),
      seekbackward: ({ seekOffset }) => this.seek(this.seconds - (seekOffset ?? SKIP_BY_KEY_S)),
      seekforward: ({ seekOffset }) => this.seek(this.seconds + (seekOffset ?? SKIP_BY_KEY_S)),
    };
    if (queued) {
      this.acts.previoustrack = () => engine.previous();
      this.acts.nexttrack = () => engine.next();
    }
  }

  get rate() {
    return this.engine.track?.rate_hz ?? 1;
  }

  get seconds() {
    return this.engine.position / this.rate;
  }

  seek(seconds) {
    this.engine.seek(Math.max(0, seconds) * this.rate);
  }

  /** Tell who plays what. @param {object} track @param {string | null} picture its address */
  describe(track, picture) {
    this.track = track;
    this.showTitle();
    if (!this.session || !track) return;
    const { title, artist, album } = track;
    const artwork = picture ? [{ src: picture }] : [];
    this.session.metadata = new MediaMetadata({
      title: title || "Untitled",
      artist: artist ?? "",
      album: album ?? "",
      artwork,
    });
  }

  /** Name the tab by what sounds. */
  showTitle() {
    if (!this.wholePage) return;
    const { title, artist } = this.track ?? {};
    const heard = [title || "Untitled", artist].filter(Boolean).join(" · ");
    const text = this.track && this.engine.sounding ? `${heard} – ${PAGE}` : PAGE;
    if (document.title !== text) document.title = text;
  }

  /** Follow the engine. */
  show() {
    const { engine, session } = this;
    this.showTitle();
    if (!session || engine.state === this.state) return;
    this.state = engine.state;
    const sounds = engine.sounding;
    session.playbackState = sounds ? "playing" : engine.state === "paused" ? "paused" : "none";
    for (const [name, act] of Object.entries(this.acts)) this.handle(name, engine.track ? act : null);
    const duration = engine.totalFrames / this.rate;
    const position = Math.min(this.seconds, duration);
    if (duration > 0) session.setPositionState?.({ duration, position, playbackRate: engine.rate });
  }

  handle(name, act) {
    try {
      this.session.setActionHandler(name, act);
    } catch {
      // This browser has no such key.
    }
  }

  close() {
    if (!this.session) return;
    for (const name of Object.keys(this.acts)) this.handle(name, null);
    this.session.metadata = null;
    this.session.playbackState = "none";
  }
}
