// What the page can do beyond being read: a theme, a cursor in time, columns that sort, devices that name their peers.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const live = document.getElementById("live");

  function theme() {
    const button = document.querySelector(".theme"), root = document.documentElement;
    const dark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
    const show = () => { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-pressed", String(dark())); };
    button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; show(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
    button.hidden = false;
    show();
  }

  // A range is a slider that every keyboard and reader knows: the chart only follows it.
  function timeline(figure) {
    const scrub = figure.querySelector(".scrub"), cursor = figure.querySelector(".cursor");
    const hits = all(".hits rect", figure), rows = all(".moments tbody tr", figure), groups = all("[data-group]", figure);
    const part = (name) => figure.querySelector(`[data-${name}]`);
    const show = (at) => {
      const cells = [...rows[at].children].map((cell) => cell.textContent), x = hits[at].dataset.x;
      cursor.setAttribute("d", cursor.getAttribute("d").replace(/^M\S+/, `M${x}`));
      cursor.hidden = false;
      cursor.removeAttribute("hidden");
      part("name").textContent = cells[0].replace(" (the peak)", "");
      part("total").textContent = cells[1];
      groups.forEach((group, index) => { group.textContent = cells[2 + index] || "none"; });
      scrub.value = at;
      scrub.setAttribute("aria-valuetext", `${cells[0]}: ${cells[1]}`);
    };
    hits.forEach((hit, at) => {
      hit.addEventListener("pointermove", () => show(at));
      hit.addEventListener("click", () => scrub.focus());
    });
    scrub.addEventListener("input", () => show(Number(scrub.value)));
    scrub.hidden = false;
    scrub.setAttribute("aria-valuetext", `${part("name").textContent}: ${part("total").textContent}`);
  }

  function sortable(table) {
    const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    const key = (row, column) => row.cells[column].dataset.sort ?? row.cells[column].textContent.trim();
    const order = (a, b) => {
      if (a === "" || a === "—" || b === "" || b === "—") return (a === "" || a === "—") - (b === "" || b === "—");
      return Number.isNaN(Number(a) + Number(b)) ? a.localeCompare(b, undefined, { numeric: true }) : a - b;
    };
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending", rows = [...body.rows];
        const empty = (row) => ["", "—"].includes(key(row, column));
        rows.sort((a, b) => (empty(a) || empty(b) || up ? 1 : -1) * order(key(a, column), key(b, column)));
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        body.append(...rows);
        live.textContent = `sorted by ${button.textContent}, ${up ? "ascending" : "descending"}`;
      });
    });
  }

  // A row and its point are one variant: whichever is pointed at, both are shown.
  function paired(whatIf) {
    const marked = all("[data-row]", whatIf);
    const mark = (number) => marked.forEach((one) => one.classList.toggle("on", one.dataset.row === number));
    marked.forEach((one) => {
      one.addEventListener("pointerenter", () => mark(one.dataset.row));
      one.addEventListener("pointerleave", () => mark(""));
    });
  }

  // One device is in the tab order; arrows go on from it, and say whom it talks to.
  function devices(figure) {
    const cells = all(".cell", figure), told = figure.querySelector("[data-told]"), resting = told.textContent;
    const kinds = ["tensor", "context", "data", "pipeline"];
    const peers = (cell, kind) => cells.filter((other) => other !== cell && kinds.every((one) => one === kind || other.dataset[one] === cell.dataset[one]));
    const clear = () => cells.forEach((cell) => cell.classList.remove("at", ...kinds));
    const show = (cell) => {
      clear();
      cell.classList.add("at");
      const said = kinds.map((kind) => [kind, peers(cell, kind)]).filter(([, found]) => found.length);
      said.forEach(([kind, found]) => found.forEach((other) => other.classList.add(kind)));
      const talks = said.map(([kind, found]) => `${found.length === 1 ? "device" : "devices"} ${found.slice(0, 7).map((one) => one.dataset.rank).join(", ")}${found.length > 7 ? ", …" : ""} (${kind})`);
      told.textContent = `${cell.querySelector("title").textContent}.${talks.length ? ` It exchanges data with ${talks.join("; ")}.` : ""}`;
    };
    const rest = () => { clear(); told.textContent = resting; };
    told.setAttribute("aria-live", "polite");
    cells.forEach((cell, at) => {
      cell.setAttribute("tabindex", at ? "-1" : "0");
      cell.setAttribute("role", "img");
      cell.setAttribute("aria-label", cell.querySelector("title").textContent);
      cell.addEventListener("pointerenter", () => show(cell));
      cell.addEventListener("focus", () => show(cell));
      cell.addEventListener("blur", rest);
      cell.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -at, End: cells.length - 1 - at }[event.key];
        const next = step === undefined ? undefined : cells[at + step];
        if (!next) return;
        event.preventDefault();
        cell.setAttribute("tabindex", "-1");
        next.setAttribute("tabindex", "0");
        next.focus();
      });
    });
    figure.addEventListener("pointerleave", rest);
  }

  // Only one explanation is open at a time, and Escape closes it.
  function explanations() {
    const found = all(".cost details");
    found.forEach((one) => one.addEventListener("toggle", () => { if (one.open) found.forEach((other) => { if (other !== one) other.open = false; }); }));
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") found.forEach((one) => { one.open = false; }); });
  }

  document.documentElement.classList.add("js");
  theme();
  all("[data-chart]").forEach(timeline);
  all("table.sortable").forEach(sortable);
  all(".whatif").forEach(paired);
  all("[data-devices]").forEach(devices);
  explanations();
})();
