/**
 * What is loaded: its picture, its names and the facts about its file.
 *
 * All text reaches the page through `textContent`.
 *
 * @typedef {{id: number, title: string, artist: string, album: string | null, facts: string[]}} Shown
 */

import { forgetPicture, hueOf, initialOf } from "./cover.js";

function span(className, text, direction = "auto") {
  const made = document.createElement("span");
  made.className = className;
  made.dir = direction;
  made.textContent = text;
  return made;
}

export default {
  render({ model, el }) {
    const root = document.createElement("section");
    root.className = "auralis au-now";
    root.setAttribute("aria-label", "Now playing");
    el.append(root);
    let url = "";

    function draw() {
      /** @type {Partial<Shown>} empty when nothing is loaded */
      const shown = model.get("shown");
      if (shown.id === undefined) {
        const text = document.createElement("div");
        text.className = "au-names";
        text.append(span("au-now-title", "Nothing loaded"), span("au-now-by", "Choose a track from the library."));
        root.replaceChildren(text);
        return;
      }
      const cover = document.createElement("div");
      cover.className = "au-art";
      cover.style.setProperty("--hue", String(hueOf(shown.album || shown.artist || shown.title)));
      cover.append(span("au-art-initial", initialOf(shown.album || shown.title)));
      const names = document.createElement("div");
      names.className = "au-names";
      names.append(span("au-now-title", shown.title));
      const by = document.createElement("span");
      by.className = "au-now-by";
      by.append(span("au-now-artist", shown.artist || "Unknown artist"));
      if (shown.album) by.append(" · ", span("au-now-album", shown.album));
      const facts = document.createElement("span");
      facts.className = "au-facts";
      facts.append(...shown.facts.map((fact) => span("au-fact", fact, "ltr")));
      names.append(by, facts);
      root.replaceChildren(cover, names);
      picture();
    }

    function picture() {
      const cover = root.querySelector(".au-art");
      cover?.querySelector("img")?.remove();
      forgetPicture(url);
      const data = model.get("artwork");
      url = data?.byteLength ? URL.createObjectURL(new Blob([data])) : "";
      if (!cover || !url) return;
      const image = document.createElement("img");
      image.alt = "";
      image.addEventListener("error", () => image.remove());
      image.src = url;
      cover.append(image);
    }

    let last = model.get("shown").id;
    function changed() {
      draw();
      const id = model.get("shown").id;
      // On a phone the list lies above: bring what was chosen into sight.
      if (id !== undefined && id !== last) root.scrollIntoView({ block: "nearest", behavior: "smooth" });
      last = id;
    }

    model.on("change:shown", changed);
    model.on("change:artwork", picture);
    draw();
    return () => {
      model.off("change:shown", changed);
      model.off("change:artwork", picture);
      forgetPicture(url);
    };
  },
};
