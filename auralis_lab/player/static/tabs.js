/** Tabs over the panels that stand beside them in the same box. */

class TabBar {
  constructor(model, el) {
    const names = model.get("names");
    this.id = `t${Math.random().toString(36).slice(2, 12)}`;
    this.el = el;
    this.chosen = 0;
    this.tabs = names.map((name, place) => {
      const tab = document.createElement("button");
      tab.type = "button";
      tab.className = "au-side-tab";
      tab.id = `${this.id}-${place}`;
      tab.textContent = name;
      tab.setAttribute("role", "tab");
      tab.addEventListener("click", () => this.choose(place));
      tab.addEventListener("dragenter", () => this.choose(place)); // to drop what is dragged behind it
      return tab;
    });
    this.root = document.createElement("div");
    this.root.className = "auralis au-side-tabs";
    this.root.setAttribute("role", "tablist");
    this.root.setAttribute("aria-label", model.get("label"));
    this.root.append(...this.tabs);
    this.root.addEventListener("keydown", (event) => this.key(event));
    el.append(this.root);
    // The panels come into the box one by one, some of them after the tabs.
    this.watch = new MutationObserver(() => this.show());
    requestAnimationFrame(() => {
      const side = this.side;
      if (side) this.watch.observe(side, { childList: true });
      this.show();
    });
  }

  get side() {
    return this.el.closest(".au-side");
  }

  choose(place) {
    this.chosen = (place + this.tabs.length) % this.tabs.length;
    this.show();
  }

  show() {
    const panels = this.side?.querySelectorAll(":scope > .au-side-panel") ?? [];
    this.tabs.forEach((tab, place) => {
      const on = place === this.chosen;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
      const panel = panels[place];
      if (!panel) return;
      panel.hidden = !on;
      panel.id = `${tab.id}-panel`;
      panel.setAttribute("role", "tabpanel");
      panel.tabIndex = 0; // so that the arrows scroll it
      panel.setAttribute("aria-labelledby", tab.id);
      tab.setAttribute("aria-controls", panel.id);
    });
  }

  key(event) {
    const last = this.tabs.length - 1;
    const to = { ArrowLeft: this.chosen - 1, ArrowRight: this.chosen + 1, Home: 0, End: last }[event.key];
    if (to === undefined) return;
    this.choose(to);
    this.tabs[this.chosen].focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

export default {
  render({ model, el }) {
    const bar = new TabBar(model, el);
    return () => bar.watch.disconnect();
  },
};
