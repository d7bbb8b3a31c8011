/** Everything that can be done by a key, and a page of help that says so. */

import { make } from "./controls.js";

/** What a key does, as written in the help; `Help` shows these in this order. */
export const KEYS = {
  Player: [
    ["Space", "Play or pause"],
    ["← →", "5 seconds back or ahead"],
    ["↑ ↓", "Louder or quieter"],
    ["Home End", "To the start or the end, on the position slider"],
    ["P N", "Track before, next track"],
    ["S", "Stop"],
    ["M", "Mute"],
    ["H", "Shuffle what comes next"],
    ["R", "Repeat: off, queue, track"],
    ["L", "Loop: first press start, second end, third off"],
    ["< >", "Slower or faster"],
    ["?", "This help"],
  ],
  Sound: [
    ["E", "Enhancement on or off"],
    ["1 – 5", "Preset"],
    ["C", "Compare original and enhanced"],
    ["A B", "Original or enhanced, while comparing"],
    ["X", "The other one; in a blind test, the unknown"],
  ],
};

/** Keys of a player that has a queue. */
const QUEUED = new Set(["P N", "H", "R"]);

/** What they do where plans are compared, in place of what they do to the sound. */
const PLAN_KEYS = [
  ["E", "The plan, or what it is compared with"],
  ["1 – 5", "Plan"],
  ["C", "Compare both"],
  ["A B", "One or the other, while comparing"],
  ["X", "The other one; in a blind test, the unknown"],
];

/** What keys do in the panels of the dashboard, while one of them has the focus. */
export const PANEL_KEYS = {
  "In the library": [
    ["/", "Search, from anywhere"],
    ["Enter", "Play"],
    ["N A", "Play next, add to the queue"],
    ["F", "Favourite"],
    ["M", "Menu: album, sounds like this, stars"],
    ["Shift ↑ ↓", "Choose several; Ctrl Space one, Ctrl A all"],
  ],
  "In the queue": [
    ["Enter", "Play"],
    ["N", "Play next"],
    ["Alt ↑ ↓", "Move"],
    ["Delete", "Take out"],
    ["Ctrl Z", "Undo, from anywhere"],
  ],
  "In the waveform": [
    ["+ −", "Closer, further away"],
    ["0", "The whole track"],
    ["← →", "Move along"],
    ["Enter", "Play from the middle"],
    ["F L", "Follow the sound, loop what is seen"],
    ["Ctrl wheel", "Closer, further away"],
    ["Drag", "Move along; with Shift, loop a stretch"],
  ],
};

const WRITES = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const OWN_KEYS = `${WRITES}, [role=menu], .au-menu, dialog`;

/** The word by which acts are found: one character in lower case, or the name of the key. */
export function wordOf(event) {
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}

/**
 * Whether a key belongs to the player rather than to what has the focus.
 * @param {string} word @param {Element} target
 * @param {{root: Element, slider: Element}} place the player, and its seek bar
 */
export function isOurs(word, target, { root, slider }) {
  if (target.closest(OWN_KEYS) && !root.contains(target)) return false;
  if (target.matches(WRITES) || target.closest("dialog")) return false;
  const radio = target.matches("[type=radio]");
  const button = target.matches("button, summary, a[href], [role=button], [role=switch]");
  if (word === " " || word === "Enter") return !button && !radio && !target.matches("[type=checkbox]");
  if (!word.startsWith("Arrow")) return true;
  if (target.matches("[type=range]")) return target === slider;
  const page = target === document.body || target.matches(".auralis-dashboard");
  return !radio && (root.contains(target) || page);
}

/** Keys and what they do, under one head. */
function section(head, keys) {
  const rows = keys.map(([names, text]) => {
    const caps = names.split(" ").map((key) => (key === "–" ? "– " : make("kbd", {}, key)));
    return make("div", {}, make("dt", {}, ...caps), make("dd", {}, text));
  });
  return make("section", {}, make("h3", {}, head), make("dl", {}, ...rows));
}

/** The page of help. */
export class Help {
  /**
   * @param {() => boolean} whole whether there are panels around the player
   * @param {boolean} plans whether plans are compared
   * @param {boolean} queued whether there is a queue
   */
  constructor(whole = () => false, plans = false, queued = true) {
    this.whole = whole;
    const Player = queued ? KEYS.Player : KEYS.Player.filter(([names]) => !QUEUED.has(names));
    this.keys = { ...KEYS, Player, ...(plans ? { Sound: PLAN_KEYS } : {}) };
    this.sections = make("div", { class: "auralis-help-sections" });
    const close = make("button", { type: "button", class: "auralis-textual", click: () => this.close() }, "Close");
    this.root = make(
      "dialog",
      {
        class: "auralis auralis-help",
        "aria-label": "Keys",
        click: (event) => event.target === this.root && this.close(),
      },
      make("div", { class: "auralis-help-head" }, make("h2", {}, "Keys"), close),
      this.sections,
    );
  }

  toggle() {
    if (this.root.open) {
      this.close();
      return;
    }
    const groups = { ...this.keys, ...(this.whole() ? PANEL_KEYS : {}) };
    this.sections.replaceChildren(...Object.entries(groups).map(([head, keys]) => section(head, keys)));
    this.root.showModal();
  }

  close() {
    this.root.close();
  }
}
