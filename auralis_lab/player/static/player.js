/**
 * The player as a widget: its model drives an engine, its views show and steer it.
 *
 * Sound and control travel over the model named by `_transport`, whose traits nobody writes; the
 * traits of this model carry what a person chooses and what is shown.
 */

import { Engine } from "./engine.js";
import { announceEngine, quietOthers } from "./engines.js";
import { KernelWatch } from "./kernel.js";
import { wakeAudio } from "./graph.js";
import { Panel } from "./panel.js";
import { remember } from "./remember.js";

const ENDED = new Set(["restarting", "autorestarting", "dead", "terminating"]);
const GRACE_MS = 3000; // a connection that is renewed so soon is nobody's concern
const UNREACHED = "The player's server cannot be reached. If it has ended, start it again and reload the page.";
const UNSEEN_MS = 500; // a view that is drawn anew is back by then
const SETTLE_MS = 20; // choices that come together open one epoch
const SOUND = ["enhanced", "preset", "intensity", "crossfade_s", "levelling"];

/** Follow an `IPY_MODEL_` reference. */
function transportOf(model) {
  const id = model.get("_transport").slice("IPY_MODEL_".length);
  return model.widget_manager.get_model(id);
}

/** Have `act` called when the kernel ends or begins anew: what it knew is gone. */
function whenKernelEnds({ kernel }, act) {
  const look = (_, status) => ENDED.has(status) && act();
  kernel?.statusChanged?.connect(look);
  return () => kernel?.statusChanged?.disconnect(look);
}

/**
 * Have `act` called with false when the kernel has been out of reach for a while, with true when it
 * is back.
 */
function whenReached({ kernel }, act) {
  let losing = 0;
  const look = (_, status) => {
    if (status !== "connected") {
      losing ||= setTimeout(act, GRACE_MS, false); // tries that fail do not put it off
      return;
    }
    clearTimeout(losing);
    losing = 0;
    act(true);
  };
  kernel?.connectionStatusChanged?.connect(look);
  return () => {
    clearTimeout(losing);
    kernel?.connectionStatusChanged?.disconnect(look);
  };
}

export default () => {
  /** @type {Engine} */
  let engine;
  /** @type {KernelWatch} */
  let kernel;
  let views = 0;

  function initialize({ model }) {
    if (model.get("whole_page")) remember(model);
    const pipe = transportOf(model);
    // A message lost with its connection does no harm: credit is cumulative, and the session of a
    // page that has gone ends by itself.
    const unsent = (error) => console.debug("not sent:", error.message);
    kernel = new KernelWatch(model.widget_manager?.kernel);
    engine = new Engine({
      send: (message) => {
        kernel.asks();
        pipe.then((transport) => transport.send(message)).catch(unsent);
      },
      worklet: model.get("_worklet"),
      sound: () => ({
        enhanced: model.get("enhanced"),
        preset: model.get("preset"),
        intensity: model.get("intensity"),
        crossfade_s: model.get("crossfade_s"),
        levelling: model.get("levelling"),
      }),
    });
    const receive = (message, buffers) => engine.receive(message, buffers);
    pipe.then((transport) => transport.on("msg:custom", receive));
    pipe.catch((error) => engine.fail(`The kernel cannot be reached: ${error.message}`));

    let settling = 0;
    const renew = () => {
      clearTimeout(settling);
      settling = setTimeout(() => engine.renew(), SETTLE_MS);
    };
    const command = ({ command: word, seconds }) => {
      if (word === "seek" && engine.track) engine.seek(seconds * engine.track.rate_hz);
      else if (["play", "pause", "stop", "renew"].includes(word)) engine[word]();
    };
    const load = () => {
      const track = model.get("_track");
      engine.load(track);
      if (track?.play) engine.play();
    };
    model.on("change:_track", load);
    model.on("change:volume", () => engine.setVolume(model.get("volume")));
    for (const name of SOUND) model.on(`change:${name}`, renew);
    model.on("msg:custom", command);
    for (const word of ["next", "previous"]) {
      engine.addEventListener(word, () => model.send({ command: word }));
    }
    let sounded = false;
    engine.addEventListener("change", () => {
      if (engine.sounding && !sounded) quietOthers(engine);
      sounded = engine.sounding;
    });
    engine.setVolume(model.get("volume"));
    engine.load(model.get("_track"));
    wakeAudio();

    const unwatch = whenKernelEnds(model.widget_manager, () => {
      engine.load(null);
      engine.fail("The player has ended on the other side. Reload the page to go on.");
    });
    const unlisten = whenReached(model.widget_manager, (reached) => (reached ? engine.regain() : engine.lose(UNREACHED)));
    const withdraw = announceEngine(model.get("engine_name"), engine);

    const leave = () => engine.stop();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      clearTimeout(settling);
      unwatch();
      unlisten();
      withdraw();
      kernel.close();
      engine.close();
      pipe.then((transport) => transport.off("msg:custom", receive));
    };
  }

  function render({ model, el }) {
    const panel = new Panel(model, engine, kernel);
    el.append(panel.root);
    views += 1;
    return () => {
      panel.close();
      views -= 1;
      // Nobody could stop it: its cell runs again, or was deleted.
      setTimeout(() => views === 0 && engine.stop(), UNSEEN_MS);
    };
  }

  return { initialize, render };
};
