/**
 * Where panels find the engine of the player they stand beside.
 *
 * Each widget's script is a module of its own, so they meet at one place of the page. A panel may be
 * there before its player or outlive it; it is mounted while there is an engine.
 */

const KEY = Symbol.for("auralis.engines");

function meeting() {
  globalThis[KEY] ??= { engines: new Map(), changes: new EventTarget() };
  return globalThis[KEY];
}

/**
 * @param {string} name of the player @param {EventTarget} engine
 * @returns {() => void} takes it away again
 */
export function announceEngine(name, engine) {
  const { engines, changes } = meeting();
  engines.set(name, engine);
  changes.dispatchEvent(new Event("change"));
  return () => {
    if (engines.get(name) !== engine) return;
    engines.delete(name);
    changes.dispatchEvent(new Event("change"));
  };
}

/** Let one engine of the page sound at a time. @param {object} engine the one that begins */
export function quietOthers(engine) {
  for (const other of meeting().engines.values()) if (other !== engine) other.pause();
}

/**
 * Mount something whenever the engine of that name is there.
 * @param {string} name
 * @param {(engine: object) => () => void} mount returns what takes it away
 * @returns {() => void} ends it
 */
export function followEngine(name, mount) {
  const { engines, changes } = meeting();
  let current = null;
  let leave = null;
  const look = () => {
    const engine = engines.get(name) ?? null;
    if (engine === current) return;
    leave?.();
    current = engine;
    leave = engine ? mount(engine) : null;
  };
  changes.addEventListener("change", look);
  look();
  return () => {
    changes.removeEventListener("change", look);
    leave?.();
    leave = null;
  };
}

/** A widget whose view is mounted beside an engine. */
export function beside(mount) {
  const render = ({ model, el }) =>
    followEngine(model.get("player"), (engine) => mount(model, engine, el));
  return { render };
}

/** Questions of one view to the kernel, each answered once or forgotten. */
export class Questions {
  /** @param {object} model */
  constructor(model, patienceMs = 12000) {
    this.model = model;
    this.patienceMs = patienceMs;
    this.view = Array.from(crypto.getRandomValues(new Uint8Array(8)), (n) => n.toString(16)).join("");
    this.number = 0;
    this.waiting = new Map();
    this.receive = (message, buffers) => this.take(message, buffers);
    model.on("msg:custom", this.receive);
  }

  /** @param {object} question @param {(answer: object | null, bytes?: DataView) => void} then */
  ask(question, then) {
    const request = (this.number += 1);
    const timer = setTimeout(() => this.settle(request, null), this.patienceMs);
    this.waiting.set(request, { then, timer });
    this.model.send({ ...question, view: this.view, request });
  }

  take(message, buffers) {
    if (message.view !== this.view) return;
    this.settle(message.request, message.none ? null : message, buffers?.[0]);
  }

  settle(request, answer, bytes) {
    const waits = this.waiting.get(request);
    if (!waits) return;
    clearTimeout(waits.timer);
    this.waiting.delete(request);
    waits.then(answer, bytes);
  }

  close() {
    this.model.off("msg:custom", this.receive);
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
    this.waiting.clear();
  }
}

/** 16-bit integers out of a binary message. @param {DataView | undefined} view */
export function int16Of(view) {
  if (!view?.byteLength) return new Int16Array(0);
  return new Int16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}
