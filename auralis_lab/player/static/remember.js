/** What a listener has chosen is there again when the page is opened anew: kept by the browser. */

const PLACE = "auralis-listening";
const between = (low, high) => (value) => typeof value === "number" && value >= low && value <= high;

/** What is kept, and what a value of it must be: what is stored may be of another version. */
const REMEMBERED = {
  enhanced: (value) => typeof value === "boolean",
  preset: (value, model) => model.get("presets").includes(value),
  intensity: between(0, 1),
  volume: between(0, 1),
  levelling: (value) => ["off", "track", "album"].includes(value),
  crossfade_s: between(0, 12),
};

/** What was kept; nothing where the browser keeps nothing. */
function lastChosen() {
  try {
    return JSON.parse(localStorage.getItem(PLACE)) ?? {};
  } catch {
    return {};
  }
}

/**
 * Give a model what was chosen the last time, and keep what is chosen from now on.
 * @param {object} model the player's
 */
export function remember(model) {
  const last = lastChosen();
  const chosen = Object.entries(REMEMBERED).filter(([name, fits]) => name in last && fits(last[name], model));
  for (const [name] of chosen) model.set(name, last[name]);
  if (chosen.length) model.save_changes();
  const keep = () => {
    const now = Object.fromEntries(Object.keys(REMEMBERED).map((name) => [name, model.get(name)]));
    try {
      localStorage.setItem(PLACE, JSON.stringify(now));
    } catch {
      // a browser that keeps nothing begins anew each time
    }
  };
  for (const name of Object.keys(REMEMBERED)) model.on(`change:${name}`, keep);
}
