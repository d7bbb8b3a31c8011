/** What of a page is hard to use for those who do not see it well, or at all. */
({
problems: () => {
    const seen = (e) => e.checkVisibility({ visibilityProperty: true });
    const named = (e) => e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
        || e.textContent.trim() || e.labels?.length || e.getAttribute("title");
    const controls = "button, input, select, a[href], summary, [role=switch], [role=tab], [role=listbox]";
    const nameless = [...document.querySelectorAll(`main :is(${controls})`)]
        .filter((e) => seen(e) && !named(e));
    const ids = [...document.querySelectorAll("main .auralis [id], main .auralis-player [id]")].map((e) => e.id);
    const doubled = ids.filter((id, place) => ids.indexOf(id) !== place);
    const pointless = [...document.querySelectorAll("main [aria-controls], main [aria-labelledby]")]
        .flatMap((e) => (e.getAttribute("aria-controls") ?? e.getAttribute("aria-labelledby")).split(" "))
        .filter((id) => !document.getElementById(id));
    return { nameless: nameless.map((e) => e.outerHTML.slice(0, 120)), doubled, pointless };
},

/** Text on its ground with less than 4.5 to 1. */
contrast: () => {
    const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const rgb = (colour, onto = null) => {
        canvas.clearRect(0, 0, 1, 1);
        if (onto) { canvas.fillStyle = onto; canvas.fillRect(0, 0, 1, 1); }
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = (e) => {
        for (let at = e; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (rgb(colour)[3] === 255) return colour;
        }
        return "white";
    };
    const poor = [];
    for (const e of document.querySelectorAll("main :is(.auralis-player, .au-side-tabs) *")) {
        const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!own || !e.checkVisibility({ visibilityProperty: true }) || e.closest(":disabled, .auralis-bubble")) continue;
        const back = behind(e);
        const [a, b] = [light(rgb(getComputedStyle(e).color, back)), light(rgb(back))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < 4.5) poor.push([e.className, e.textContent.slice(0, 30), ratio.toFixed(2)]);
    }
    return poor;
},
})
