/** Everything that can be done by a key, and a page of help that says so. */

import { make } from "./controls.js";

/** What a key does, as written in the help; `Help` shows these in this order. */
export const KEYS = [
  ["Space", "Play or pause"],
  ["← →", "5 seconds back or ahead"],
  ["↑ ↓", "Louder or quieter"],
  ["P N", "Track before, next track"],
  ["S", "Stop"],
  ["M", "Mute"],
  ["H", "Shuffle what comes next"],
  ["R", "Repeat: off, queue, track"],
  ["E", "Enhancement on or off"],
  ["1 – 5", "Preset"],
  ["C", "Compare original and enhanced"],
  ["A B", "Hear A (original) or B (enhanced) while comparing"],
  ["X", "The other one; in a blind test, the unknown one"],
  ["L", "Loop: first press start, second end, third off"],
  ["< >", "Slower or faster"],
  ["?", "This help"],
];

const WRITES = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select, [contenteditable]";
const OWN_KEYS = `${WRITES}, [role=menu], dialog`;

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
  return !radio && (root.contains(target) || target === document.body);
}

/** The page of help. */
export class Help {
  constructor() {
    const rows = KEYS.map(([keys, text]) => {
      const caps = keys.split(" ").map((key) => (key === "–" ? "– " : make("kbd", {}, key)));
      return make("div", {}, make("dt", {}, ...caps), make("dd", {}, text));
    });
    const close = make("button", { type: "button", class: "auralis-textual", click: () => this.close() }, "Close");
    this.root = make(
      "dialog",
      {
        class: "auralis auralis-help",
        "aria-label": "Keys",
        click: (event) => event.target === this.root && this.close(),
      },
      make("h2", {}, "Keys"),
      make("dl", {}, ...rows),
      close,
    );
  }

  toggle() {
    if (this.root.open) this.close();
    else this.root.showModal();
  }

  close() {
    this.root.close();
  }
}
