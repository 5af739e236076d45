// The page of a model: two views of it, search, and what is known of the quantity that is chosen. All text that comes
// from a spec is set as text, never as markup.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const views = ["folded", "unfolded"];
  const READABLE = 0.45; // how small a picture may be made to fit the window when the page is opened
  const stages = Object.fromEntries(views.map((view) => [view, byId(view)]));
  const boxes = {};
  let chosen = null;

  const nodesIn = (view) => [...stages[view].querySelectorAll(".node")];
  const keyOf = (node) => node.dataset.label || node.dataset.name;
  const current = () => document.body.dataset.view;

  // Views and sizes ---------------------------------------------------------------------------------------------------

  function show(view) {
    document.body.dataset.view = view;
    for (const each of views) byId("show-" + each).setAttribute("aria-pressed", String(each === view));
    remember();
  }

  function whole(view) {
    const svg = stages[view].querySelector("svg");
    return { x: 0, y: 0, w: Number(svg.getAttribute("width")), h: Number(svg.getAttribute("height")) };
  }

  function look(view, box) {
    boxes[view] = box;
    stages[view].querySelector("svg").setAttribute("viewBox", [box.x, box.y, box.w, box.h].join(" "));
  }

  function fit(view, least = 0) {
    // Nothing is drawn larger than it was made, however large the window, nor smaller than asked: then from its start.
    const all = whole(view);
    const stage = stages[view].getBoundingClientRect();
    const by = Math.max(all.w / (stage.width || all.w), all.h / (stage.height || all.h), 1);
    const unit = least ? Math.min(by, 1 / least) : by;
    const w = unit * (stage.width || all.w);
    const h = unit * (stage.height || all.h);
    look(view, { x: w < all.w ? 0 : (all.w - w) / 2, y: h < all.h ? all.h - h : (all.h - h) / 2, w, h });
  }

  function scale(view, factor, at) {
    const box = boxes[view];
    const point = at || { x: box.x + box.w / 2, y: box.y + box.h / 2 };
    const all = whole(view);
    const most = 4 * Math.max(all.w, all.h, 1000);
    const by = Math.min(Math.max(factor, 60 / box.w), most / box.w);
    look(view, {
      x: point.x - (point.x - box.x) * by, y: point.y - (point.y - box.y) * by, w: box.w * by, h: box.h * by,
    });
  }

  function pointOf(view, event) {
    const svg = stages[view].querySelector("svg");
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return { x: point.x, y: point.y };
  }

  function bring(view, node) {
    // Move the view so that a node is in it.
    const svg = stages[view].querySelector("svg");
    if (node.getBoundingClientRect().height < 12) scale(view, node.getBoundingClientRect().height / 24);
    const box = boxes[view];
    const place = node.getBoundingClientRect();
    const stage = stages[view].getBoundingClientRect();
    if (place.left >= stage.left && place.right <= stage.right && place.top >= stage.top && place.bottom <= stage.bottom) return;
    const middle = new DOMPoint((place.left + place.right) / 2, (place.top + place.bottom) / 2)
      .matrixTransform(svg.getScreenCTM().inverse());
    look(view, { ...box, x: middle.x - box.w / 2, y: middle.y - box.h / 2 });
  }

  for (const view of views) {
    const stage = stages[view];
    let from = null;
    stage.addEventListener("wheel", (event) => {
      event.preventDefault();
      scale(view, Math.exp(event.deltaY * 0.0015), pointOf(view, event));
    }, { passive: false });
    stage.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && !event.target.closest(".node")) {
        from = pointOf(view, event);
        stage.setPointerCapture(event.pointerId);
        stage.classList.add("moving");
      }
    });
    stage.addEventListener("pointermove", (event) => {
      if (from === null) return;
      const at = pointOf(view, event);
      const box = boxes[view];
      look(view, { ...box, x: box.x + from.x - at.x, y: box.y + from.y - at.y });
    });
    for (const end of ["pointerup", "pointercancel"]) {
      stage.addEventListener(end, () => { from = null; stage.classList.remove("moving"); });
    }
  }

  // What is chosen ----------------------------------------------------------------------------------------------------

  function element(tag, text, kind) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  }

  function names(list, view) {
    const row = element("dd", undefined, "names");
    if (!list.length) row.textContent = "nothing";
    for (const [name, where] of list) {
      const button = element("button", where ? name + " at " + where : name);
      button.type = "button";
      button.addEventListener("click", () => choose(view, name, true));
      row.append(button);
    }
    return row;
  }

  function listing(line) {
    const source = element("pre", undefined, "source");
    data.source.forEach((text, place) => {
      source.append(element("span", text, place + 1 === line ? "here" : ""));
    });
    return source;
  }

  function tell(view, key, name) {
    const known = data.items[name] || { text: name, kind: "", shape: "", place: "", cell: "" };
    const details = byId("details");
    const rows = element("dl");
    const add = (term, value) => {
      if (value === "") return;
      rows.append(element("dt", term), typeof value === "string" ? element("dd", value) : value);
    };
    add("kind", known.kind);
    add("shape", known.shape);
    add("line", known.place);
    add("cell", known.cell);
    add("needs", names(data[view].filter((link) => link[1] === key).map((link) => [link[0], link[2]]), view));
    add("needed by", names(data[view].filter((link) => link[0] === key).map((link) => [link[1], link[2]]), view));
    details.replaceChildren(element("h2", key), element("code", known.text, "equation"), rows);
    if (known.line) {
      details.append(listing(known.line));
      const source = details.querySelector(".source");
      const here = details.querySelector(".here");
      if (here) source.scrollTop = here.offsetTop - source.offsetTop - source.clientHeight / 2;
    }
  }

  function choose(view, key, focus) {
    const node = nodesIn(view).find((each) => keyOf(each) === key);
    if (!node) return;
    chosen = key;
    for (const each of document.querySelectorAll(".chosen")) each.classList.remove("chosen");
    for (const each of document.querySelectorAll(".node")) {
      if (each === node || (each.dataset.name === node.dataset.name && each.closest(".stage") !== stages[view])) {
        each.classList.add("chosen");
      }
    }
    for (const line of stages[view].querySelectorAll(".line")) {
      const ends = line.dataset.needs.split("|").flatMap((need) => need.split(">"));
      line.classList.toggle("chosen", ends.includes(key));
    }
    tell(view, key, node.dataset.name);
    bring(view, node);
    if (focus) node.focus({ preventScroll: true });
    remember();
  }

  function forget() {
    chosen = null;
    for (const each of document.querySelectorAll(".chosen")) each.classList.remove("chosen");
    remember();
  }

  // Where one is stands in the address, so that it can be passed on and found again.
  function remember() {
    const place = "#" + current() + (chosen === null ? "" : "/" + encodeURIComponent(chosen));
    try { history.replaceState(null, "", place); } catch { /* a page without an address of its own */ }
  }

  function recall(place, first) {
    const [view, key] = place.slice(1).split("/");
    show(views.includes(view) ? view : first);
    if (key) choose(current(), decodeURIComponent(key), false);
  }

  // Search ------------------------------------------------------------------------------------------------------------

  function hits() {
    const words = byId("search").value.trim().toLowerCase();
    if (!words) return null;
    return nodesIn(current()).filter((node) => {
      const known = data.items[node.dataset.name];
      return (keyOf(node) + "\n" + node.dataset.name + "\n" + (known ? known.text : "")).toLowerCase().includes(words);
    });
  }

  function search() {
    const found = hits();
    const stage = stages[current()];
    for (const each of document.querySelectorAll(".hit")) each.classList.remove("hit");
    for (const each of views) stages[each].classList.remove("searching");
    byId("found").textContent = found === null ? "" : found.length + " found";
    if (found === null) return;
    stage.classList.add("searching");
    for (const node of found) node.classList.add("hit");
  }

  function next() {
    const found = hits();
    if (!found || !found.length) return;
    const place = found.findIndex((node) => keyOf(node) === chosen);
    choose(current(), keyOf(found[(place + 1) % found.length]), false);
  }

  // Keys --------------------------------------------------------------------------------------------------------------

  function step(node, key) {
    const view = current();
    const here = keyOf(node);
    if (key === "ArrowUp" || key === "ArrowDown") {
      const up = key === "ArrowUp";
      const links = data[view].filter((each) => each[up ? 0 : 1] === here && each[0] !== each[1]);
      const link = links.find((each) => each[2] === "") || links[0];
      if (link) choose(view, link[up ? 1 : 0], true);
      return;
    }
    const all = nodesIn(view);
    const place = all.indexOf(node) + (key === "ArrowRight" ? 1 : -1);
    if (all[place]) choose(view, keyOf(all[place]), true);
  }

  for (const view of views) {
    for (const node of nodesIn(view)) {
      const known = data.items[node.dataset.name];
      node.setAttribute("tabindex", "0");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", keyOf(node) + (known ? ", " + known.kind : ""));
      node.addEventListener("click", () => choose(view, keyOf(node), true));
      node.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") choose(view, keyOf(node), true);
        else if (event.key.startsWith("Arrow")) step(node, event.key);
        else return;
        event.preventDefault();
      });
    }
    stages[view].querySelector("svg").setAttribute("role", "group"); // an image's parts could not be reached
    byId("show-" + view).addEventListener("click", () => { show(view); search(); });
  }
  byId("search").addEventListener("input", search);
  byId("search").addEventListener("keydown", (event) => { if (event.key === "Enter") next(); });
  byId("fit").addEventListener("click", () => fit(current()));
  byId("smaller").addEventListener("click", () => scale(current(), 1.25));
  byId("larger").addEventListener("click", () => scale(current(), 0.8));
  byId("theme").addEventListener("click", () => {
    const root = document.documentElement;
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { byId("search").value = ""; search(); forget(); }
    if (event.target.closest("input") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") { event.preventDefault(); byId("search").focus(); }
    if (event.key === "+") scale(current(), 0.8);
    if (event.key === "-") scale(current(), 1.25);
    if (event.key === "0") fit(current());
  });
  window.addEventListener("resize", () => {
    const view = current();
    fit(view, READABLE);
    const node = nodesIn(view).find((each) => keyOf(each) === chosen);
    if (node) bring(view, node);
  });

  document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  const begin = [location.hash, current()];
  for (const view of views) { show(view); fit(view, READABLE); }
  recall(...begin);
})();
