/**
 * What was decided and why: a table to compare, and sentences to read.
 *
 * @typedef {{topic: string, measured: string, target: string, amount: string, sentence: string,
 *            limit: string | null}} Decision
 */

import { html, minus } from "./marks.js";

const COLUMNS = ["Decision", "Measured", "Target", "Change", "Held by"];
const OFF = "Enhancement is off. This is what it would do.";

/** @param {Decision} decision */
function row(decision) {
  const cells = [decision.measured, decision.target, decision.amount, decision.limit ?? ""];
  const head = html("th", "", decision.topic);
  head.scope = "row";
  const line = html("tr", "", head, ...cells.map((text) => html("td", "", minus(text))));
  line.lastChild.className = "au-why-held";
  return line;
}

/** @param {Decision} decision */
function item(decision) {
  const amount = html("span", "au-why-amount", minus(decision.amount));
  const head = html("div", "au-why-head", html("span", "au-why-topic", decision.topic), amount);
  const made = html("li", "", head, html("p", "", minus(decision.sentence)));
  if (decision.limit) made.append(html("p", "au-why-limit", minus(`Held by ${decision.limit}`)));
  return made;
}

export class Why {
  constructor() {
    this.off = html("p", "au-why-off");
    this.off.setAttribute("role", "status");
    this.sentences = html("ol", "au-why");
    this.body = html("tbody", "");
    const heads = COLUMNS.map((name) => {
      const head = html("th", "", name);
      head.scope = "col";
      return head;
    });
    const table = html("table", "au-why-table", html("thead", "", html("tr", "", ...heads)), this.body);
    const wide = html("div", "au-why-wide", table);
    wide.tabIndex = 0;
    wide.setAttribute("role", "region");
    wide.setAttribute("aria-label", "Decisions as a table");
    const more = html("details", "au-why-more", html("summary", "", "As a table"), wide);
    this.root = html("div", "au-why-box", this.off, this.sentences, more);
  }

  /** @param {Decision[]} decisions */
  show(decisions) {
    this.sentences.replaceChildren(...decisions.map(item));
    this.body.replaceChildren(...decisions.map(row));
  }

  /** @param {boolean} enhanced whether it is heard */
  tell(enhanced) {
    const text = enhanced ? "" : OFF;
    if (this.off.textContent !== text) this.off.textContent = text;
    this.off.hidden = enhanced;
  }
}
