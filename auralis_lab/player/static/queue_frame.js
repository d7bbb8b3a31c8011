/** What the queue's panel is made of, and what it says of the whole; asks nothing. */

import { icon, node } from "./rows.js";

const REPEAT_NAMES = { off: "Repeat is off", all: "Repeating the queue", one: "Repeating this track" };
const KEYS = "Enter plays, Alt and the arrows move, Delete removes, N plays next, Ctrl Z undoes.";

export class QueueFrame {
  /** @param {HTMLElement} el @param {Record<string, (event: Event) => void>} acts */
  build(el, acts) {
    const button = (name, label, act) => {
      const made = node("button", `au-tool au-tool-${name}`, { type: "button", title: label, "aria-label": label }, icon(name));
      made.addEventListener("click", act);
      return made;
    };
    this.shuffle = button("shuffle", "Shuffle what comes next", acts.shuffle);
    this.repeat = button("repeat", "Repeat", acts.repeat);
    this.undo = button("undo", "Undo the last change (Ctrl+Z)", acts.undo);
    this.clear = button("bin", "Clear the queue", acts.clear);
    this.count = node("span", "au-count");
    this.said = node("div", "au-said", { role: "status", "aria-live": "polite" });
    this.content = node("div", "au-content", { role: "presentation" });
    this.list = node(
      "div",
      "au-list",
      { role: "listbox", tabIndex: 0, "aria-label": "Queue", "aria-describedby": `${this.view}-keys` },
      this.content,
    );
    this.note = node("div", "au-note", {}, node("strong", "", {}, "Nothing in the queue"), node("p", "", {}, "Play a track or an album, or drag tracks here from the library."));
    this.problem = node("p", "au-problem", { hidden: true });
    this.root = node(
      "section",
      "auralis au-queue",
      { "aria-label": "Queue" },
      node("div", "au-queue-head", {}, node("h2", "", {}, "Queue"), this.count, node("div", "au-tools", { role: "group", "aria-label": "Queue" }, this.shuffle, this.repeat, this.undo, this.clear)),
      this.problem,
      this.note,
      this.list,
      node("p", "au-said", { id: `${this.view}-keys` }, KEYS),
      this.said,
    );
    el.append(this.root);
  }

  /** Say what holds for the whole queue. */
  showWhole({ count, shuffled, repeat, undo, problem }, rowPx) {
    this.count.textContent = count ? `${count.toLocaleString("en")} ${count === 1 ? "track" : "tracks"}` : "";
    this.shuffle.setAttribute("aria-pressed", String(shuffled));
    this.repeat.setAttribute("aria-pressed", String(repeat !== "off"));
    this.repeat.replaceChildren(icon(repeat === "one" ? "repeatone" : "repeat"));
    this.repeat.title = REPEAT_NAMES[repeat];
    this.repeat.setAttribute("aria-label", REPEAT_NAMES[repeat]);
    this.undo.disabled = !undo && document.activeElement !== this.undo; // else the focus is lost
    this.undo.setAttribute("aria-disabled", String(!undo));
    this.clear.disabled = !count;
    this.shuffle.disabled = count < 2;
    this.note.hidden = count > 0;
    this.list.hidden = !count;
    this.content.style.height = `${count * rowPx}px`;
    this.problem.hidden = !problem;
    this.problem.textContent = problem;
    if (problem) this.say(problem);
  }

  say(text) {
    this.said.textContent = text;
  }
}
