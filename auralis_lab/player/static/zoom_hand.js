/**
 * What a hand does with the strip: a click seeks or takes up a join, a drag moves, a drag with
 * Shift chooses a loop, two fingers or the wheel zoom, and keys do all of it.
 */

const STILL_PX = 4; // less than that is a click
const WHEEL_ZOOM = 0.0022;
const LEAST_LOOP_PX = 6;
const JOIN_ROW = 0.2; // upper share of the strip in which marks are taken

export class StripHand {
  /** @param {object} panel the waveform panel */
  constructor(panel) {
    this.panel = panel;
    this.pointers = new Map();
    this.mode = null; // "press", "pan", "range" or "pinch"
    const { stage } = panel;
    const listeners = {
      pointerdown: (event) => this.press(event),
      pointermove: (event) => this.move(event),
      pointerup: (event) => this.lift(event),
      pointercancel: (event) => this.drop(event),
      pointerleave: () => this.hover(null),
      keydown: (event) => this.key(event),
    };
    for (const [name, listener] of Object.entries(listeners)) stage.addEventListener(name, listener);
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  get busy() {
    return this.mode !== null;
  }

  share(event) {
    const { left, width } = this.panel.stage.getBoundingClientRect();
    return (event.clientX - left) / width;
  }

  hover(share) {
    this.panel.scene.hover = share;
    this.panel.draw();
  }

  press(event) {
    if (event.button !== 0 || !this.panel.viewport.total) return;
    this.panel.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event.clientX);
    if (this.pointers.size === 2) {
      this.mode = "pinch";
      return;
    }
    this.from = event.clientX;
    this.fromFrame = this.panel.viewport.frameAt(this.share(event));
    this.mode = event.shiftKey ? "range" : "press";
  }

  move(event) {
    const { viewport, scene } = this.panel;
    const share = this.share(event);
    if (this.mode === null) {
      if (viewport.total && event.pointerType === "mouse") this.hover(share);
      return;
    }
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    if (this.mode === "pinch") {
      const [a, b] = [...this.pointers.values()];
      this.pointers.set(event.pointerId, event.clientX);
      const [c, d] = [...this.pointers.values()];
      this.panel.zoom(Math.max(8, Math.abs(a - b)) / Math.max(8, Math.abs(c - d)), share);
      return;
    }
    this.pointers.set(event.pointerId, event.clientX);
    if (this.mode === "press" && Math.abs(event.clientX - this.from) > STILL_PX) {
      this.mode = "pan";
      this.panel.release();
    }
    if (this.mode === "pan") {
      viewport.pan((before - event.clientX) / this.panel.surface.width);
      this.panel.moved();
    } else if (this.mode === "range") {
      const frame = Math.max(0, Math.min(viewport.total, viewport.frameAt(share)));
      scene.chosen = { a: Math.min(frame, this.fromFrame), b: Math.max(frame, this.fromFrame) };
      this.panel.draw();
    }
  }

  lift(event) {
    const { mode } = this;
    const { engine, scene, stage, viewport } = this.panel;
    const moved = Math.abs(event.clientX - this.from);
    this.drop(event);
    if (mode === "press") {
      const box = stage.getBoundingClientRect();
      const join = event.clientY - box.top < JOIN_ROW * box.height ? this.panel.joinUnder(event.clientX - box.left) : null;
      if (join) this.panel.loopAt(join);
      else this.panel.seek(viewport.frameAt(this.share(event)));
    } else if (mode === "range") {
      const range = scene.chosen;
      scene.chosen = null;
      if (range && moved > LEAST_LOOP_PX) engine.setLoop(range.a, range.b);
      else engine.setLoop(null);
    }
  }

  drop(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size === 0 || this.mode !== "pinch") this.mode = null;
    this.panel.draw();
  }

  /** The page scrolls under the wheel until the strip is taken hold of, or Ctrl is held. */
  wheel(event) {
    const { panel } = this;
    const held = event.ctrlKey || event.metaKey || document.activeElement === panel.stage;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!panel.viewport.total || (!held && !sideways)) return;
    event.preventDefault();
    if (sideways) {
      panel.release();
      panel.viewport.pan((event.deltaX || event.deltaY) / panel.surface.width);
      panel.moved();
    } else panel.zoom(Math.exp(WHEEL_ZOOM * Math.max(-400, Math.min(400, event.deltaY))), panel.following ? null : this.share(event));
  }

  key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { panel } = this;
    const pan = (share) => {
      panel.release();
      panel.viewport.pan(share);
      panel.moved();
    };
    const acts = {
      "+": () => panel.zoom(0.5),
      "=": () => panel.zoom(0.5),
      "-": () => panel.zoom(2),
      0: () => panel.all(),
      f: () => panel.setFollowing(!panel.following),
      l: () => panel.loopView(),
      Escape: () => panel.engine.setLoop(null),
      ArrowLeft: () => pan(event.shiftKey ? -0.5 : -0.1),
      ArrowRight: () => pan(event.shiftKey ? 0.5 : 0.1),
      PageUp: () => pan(-0.9),
      PageDown: () => pan(0.9),
      Home: () => pan(-Infinity),
      End: () => pan(Infinity),
      Enter: () => panel.seek(panel.viewport.frameAt(0.5)),
    };
    const act = acts[event.key];
    if (!act || !panel.viewport.total) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}
