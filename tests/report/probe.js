// Runs in a copy of the report: uses it as a person would, and leaves a list of what is wrong in #probed.
(async () => {
  const wrong = [], say = (text) => wrong.push(text);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const seen = (one) => one.getClientRects().length > 0 && getComputedStyle(one).visibility !== "hidden";
  const pause = () => new Promise((done) => setTimeout(done, 30));
  window.addEventListener("error", (event) => say(`script: ${event.message}`));

  function colour(text) {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  }
  const light = (rgb) => {
    const [r, g, b] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => { const [low, high] = [light(a), light(b)].sort((x, y) => x - y); return (high + 0.05) / (low + 0.05); };
  function behind(element) {
    for (let one = element; one; one = one.parentElement) {
      const [r, g, b, a] = colour(getComputedStyle(one).backgroundColor);
      if (a > 230) return [r, g, b];
    }
    return [255, 255, 255];
  }

  function structure() {
    if (document.documentElement.scrollWidth > innerWidth + 1) say(`the page is ${document.documentElement.scrollWidth} wide in a window of ${innerWidth}`);
    all("body *").filter((one) => !one.closest(".scroll, nav, svg, .hide, .skip") && seen(one) && one.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).forEach((one) => say(`reaches beyond the window: ${one.tagName.toLowerCase()}.${one.className}`));
    const ids = all("[id]").map((one) => one.id), twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    if (twice.length) say(`ids twice: ${[...new Set(twice)].slice(0, 5)}`);
    all("a[href^='#']").forEach((link) => { if (!document.querySelector(link.getAttribute("href"))) say(`a link to nothing: ${link.getAttribute("href")}`); });
    all("[src], link[href], a[href]:not([href^='#'])").forEach((one) => say(`something to fetch: ${one.outerHTML.slice(0, 80)}`));
    all("button, input, summary, [tabindex]").filter(seen).forEach((one) => {
      const name = one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent || (one.getAttribute("aria-labelledby") && document.getElementById(one.getAttribute("aria-labelledby"))?.textContent);
      if (!name?.trim()) say(`without a name: ${one.outerHTML.slice(0, 80)}`);
    });
    const levels = all("h1, h2, h3").map((one) => Number(one.tagName[1]));
    if (levels.filter((level) => level === 1).length !== 1 || levels.some((level, at) => at && level > levels[at - 1] + 1)) say("headings skip a level");
  }

  function contrasts() {
    const poor = new Map();
    all("body *").filter((one) => !one.closest("svg, script, style, .hide, .skip") && seen(one)).forEach((one) => {
      if (![...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())) return;
      const style = getComputedStyle(one), ratio = contrast(colour(style.color).slice(0, 3), behind(one));
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (large ? 3 : 4.5)) poor.set(`${one.tagName.toLowerCase()}.${one.className}`, ratio.toFixed(2));
    });
    poor.forEach((ratio, name) => say(`contrast ${ratio}: ${name}`));
  }

  async function scrubs() {
    for (const figure of all("[data-chart]")) {
      const scrub = figure.querySelector(".scrub"), before = figure.querySelector("[data-total]").textContent;
      const rows = all(".moments tbody tr", figure);
      if (before !== figure.querySelector("tr.peak").children[1].textContent) say("the readout does not begin at the peak");
      scrub.value = 0;
      scrub.dispatchEvent(new Event("input"));
      if (figure.querySelector("[data-total]").textContent !== rows[0].children[1].textContent) say("the slider does not lead the readout");
      const last = all(".hits rect", figure).at(-1);
      last.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
      if (Number(scrub.value) !== rows.length - 1) say("pointing at the chart does not move the slider");
      if (!seen(figure.querySelector(".cursor"))) say("no cursor is drawn");
    }
  }

  function sorts() {
    all("table.sortable").forEach((table) => {
      const heads = [...table.tHead.rows[0].cells], memory = heads.findIndex((head) => head.textContent === "memory");
      const values = () => [...table.tBodies[0].rows].map((row) => row.cells[memory].dataset.sort).filter((text) => text !== "").map(Number);
      const button = heads[memory].querySelector("button");
      if (!button) return say("a head that is no button");
      button.click();
      if (values().some((value, at, list) => at && value < list[at - 1]) || heads[memory].getAttribute("aria-sort") !== "ascending") say("memory does not sort upwards");
      button.click();
      if (values().some((value, at, list) => at && value > list[at - 1])) say("memory does not sort downwards");
      heads[0].querySelector("button").click();
    });
  }

  function steers() {
    all("[data-devices]").forEach((figure) => {
      const cells = all(".cell", figure), told = figure.querySelector("[data-told]");
      if (cells.filter((cell) => cell.getAttribute("tabindex") === "0").length !== 1) say("not one device is in the tab order");
      cells[0].focus();
      const first = told.textContent;
      if (!first.startsWith("device 0")) say(`a device that has the focus is not told: ${first}`);
      if (cells.length > 1) {
        cells[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));
        if (document.activeElement !== cells[1] || !told.textContent.startsWith("device 1")) say("an arrow does not go to the next device");
        if (!figure.querySelector(".cell.tensor, .cell.data, .cell.pipeline, .cell.context")) say("the peers of a device are not marked");
      }
      document.activeElement.blur();
    });
  }

  function themes() {
    const button = document.querySelector(".theme"), paper = () => getComputedStyle(document.body).backgroundColor;
    const dark = () => light(colour(paper()).slice(0, 3)) < 0.2, before = dark();
    if (before !== window.DARK) say("the page does not take the theme of the system");
    button.click();
    if (dark() === before) say("the button does not change the theme");
    contrasts();
    button.click();
    if (dark() !== before) say("the button does not change back");
  }

  async function chooses() {
    for (const [at, radio] of all(".tabs input").entries()) {
      radio.click();
      await pause();
      const shown = all(".listing .cost").filter(seen), own = shown.filter((one) => one.classList.contains(`of-${at}`));
      if (!own.length || own.length !== shown.length) say(`the costs of ${radio.id} are not what is shown`);
    }
    const one = all(".cost details").filter(seen)[0];
    one.open = true;
    await pause();
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    if (one.open) say("Escape does not close an explanation");
  }

  try {
    structure();
    contrasts();
    await scrubs();
    sorts();
    steers();
    themes();
    await chooses();
  } catch (error) {
    say(`the probe failed: ${error}`);
  }
  const out = document.createElement("script");
  out.type = "application/json";
  out.id = "probed";
  out.textContent = JSON.stringify([...new Set(wrong)]);
  document.body.append(out);
})();
