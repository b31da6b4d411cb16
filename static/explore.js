/* Draws a member's people on their page to explore. The list beside it says the same. */
(() => {
  "use strict";
  const page = document.querySelector("[data-explore]");
  const find = (selector) => page.querySelector(selector);
  const findAll = (selector) => [...page.querySelectorAll(selector)];
  const stage = find("[data-stage]"), list = find("[data-list]"), card = find("[data-card]");
  const rows = new Map(findAll("[data-person]").map((row) => [row.dataset.person, row]));
  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  const isDark = matchMedia("(prefers-color-scheme: dark)");
  const CIRCLES = 8, LETTERS_FROM = 9;

  /* What is looked at: who is chosen or hovered, whom a search found, which circle is shown. */
  const look = { chosen: null, hovered: null, found: null, circle: null };
  const paint = {};
  let graph, sigma, scale = 1;

  /* Lines are lighter by colour, not by transparency: where many cross, the weak stay quiet. */
  const parts = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
  const mixed = (one, other, much) => {
    const [from, to] = [parts(one), parts(other)];
    return `rgb(${from.map((value, n) => Math.round(value + (to[n] - value) * much)).join(", ")})`;
  };

  const readPaint = () => {
    const probe = document.createElement("span");
    page.append(probe);
    const colour = (token) => {
      probe.style.color = `var(--${token})`;
      return getComputedStyle(probe).color;
    };
    ["ink", "muted", "paper", "surface", "hairline", "line", "pine"].forEach((token) => { paint[token] = colour(token); });
    paint.circles = Array.from({ length: CIRCLES }, (_, n) => colour(`circle-${n + 1}`));
    probe.remove();
    paint.tie = (much) => mixed(paint.surface, paint.muted, much);
    paint.font = getComputedStyle(page).fontFamily;
  };

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const focus = () => look.hovered || look.chosen;
  const isLit = (node) => {
    const middle = focus();
    if (middle) return node === middle || graph.areNeighbors(node, middle);
    if (look.found) return look.found.has(node);
    return look.circle === null || graph.getNodeAttribute(node, "circle") === look.circle;
  };
  const isQuiet = () => !focus() && !look.found && look.circle === null;

  const sizeOf = ({ step, closeness }) => (step === 0 ? 28 : step === 1 ? 7 + 12 * closeness : 5);
  const build = ({ people, ties }) => {
    const { width, height } = find("[data-picture]").getBoundingClientRect();
    const wide = Math.max(0.7, Math.min(1.45, width / height));
    graph = new graphology.UndirectedGraph();
    people.forEach(({ x, y, ...person }) => graph.addNode(person.handle, { ...person, x: x * wide, y: -y }));
    ties.forEach(([one, other, strength]) =>
      graph.addEdge(people[one].handle, people[other].handle, { strength }));
  };

  const drawnNode = (node, person) => {
    const is = isLit(node), isFocus = node === focus();
    return {
      ...person,
      size: scale * sizeOf(person),
      label: is ? person.name : "",
      color: is ? paint.circles[person.circle] || paint.muted : paint.hairline,
      isLit: is,
      highlighted: isFocus,
      forceLabel: isFocus || person.step === 0 || (is && look.found !== null && look.found.size < 15),
      zIndex: is ? 1 : 0,
    };
  };
  const drawnTie = (tie, { strength }) => {
    const middle = focus(), is = middle && graph.hasExtremity(tie, middle);
    return {
      size: (is ? 1 : 0.6) + 2 * strength,
      color: is ? paint.pine : paint.tie(0.14 + 0.4 * strength),
      hidden: !is && !isQuiet() && !graph.extremities(tie).every(isLit),
      zIndex: is ? 2 : strength,
    };
  };

  /* A name is drawn where no other one of the same moment stands. */
  let names = [];
  const isFree = (left, top, width) => {
    const isOver = (name) => Math.abs(name.top - top) < 16 && name.left < left + width && left < name.left + name.width;
    if (names.some(isOver)) return false;
    names.push({ left, top, width });
    return true;
  };
  const drawName = (context, { label, x, y, size }) => {
    if (!label) return;
    context.font = `600 13px ${paint.font}`;
    const width = context.measureText(label).width;
    if (!isFree(x - width / 2, y + size, width)) return;
    context.textAlign = "center";
    context.lineJoin = "round";
    context.lineWidth = 4;
    context.strokeStyle = paint.surface;
    context.fillStyle = paint.ink;
    context.strokeText(label, x, y + size + 14);
    context.fillText(label, x, y + size + 14);
  };
  const drawFocus = (context, data) => {
    names = [];
    context.beginPath();
    context.arc(data.x, data.y, data.size + 3, 0, 2 * Math.PI);
    context.lineWidth = 3;
    context.strokeStyle = paint.pine;
    context.stroke();
    drawName(context, data);
  };

  /* Faces stand on a sheet of their own above the discs: a photo, or the letters of a name. */
  const photos = new Map();
  const photoOf = (address) => {
    if (!photos.has(address)) {
      const image = new Image();
      image.onload = () => sigma.scheduleRender();
      image.src = address;
      photos.set(address, image);
    }
    return photos.get(address);
  };
  const drawFaces = (context) => {
    const { width, height } = sigma.getDimensions();
    context.clearRect(0, 0, width, height);
    context.textAlign = "center";
    context.textBaseline = "middle";
    graph.forEachNode((node) => {
      const data = sigma.getNodeDisplayData(node);
      const size = sigma.scaleSize(data.size);
      if (size < LETTERS_FROM || !data.isLit) return;
      const { x, y } = sigma.framedGraphToViewport(data);
      const image = data.photo && photoOf(data.photo);
      if (image?.complete && image.naturalWidth) {
        context.save();
        context.beginPath();
        context.arc(x, y, size - 2, 0, 2 * Math.PI);
        context.clip();
        context.drawImage(image, x - size, y - size, 2 * size, 2 * size);
        context.restore();
        return;
      }
      context.font = `500 ${Math.round(size * 0.85)}px Monogram, Georgia, serif`;
      context.fillStyle = paint.surface;
      context.fillText(data.initials, x, y + 1);
    });
  };

  const go = (state) => {
    const camera = sigma.getCamera();
    if (isStill.matches) camera.setState(state);
    else camera.animate(state, { duration: 180 });
  };
  const zoom = (by) => go({ ratio: sigma.getCamera().getBoundedRatio(sigma.getCamera().ratio * by) });
  const whole = () => go({ x: 0.5, y: 0.5, ratio: 1 });

  const refresh = () => sigma.refresh({ skipIndexation: false });
  const hover = (node) => {
    look.hovered = node;
    refresh();
  };
  const choose = (node, isMoving = true) => {
    rows.get(look.chosen)?.classList.remove("is-chosen");
    look.chosen = node;
    card.hidden = !node;
    if (node) {
      const person = graph.getNodeAttributes(node), row = rows.get(node);
      card.querySelector("[data-name]").textContent = person.name;
      card.querySelector("[data-words]").textContent = person.words;
      card.querySelector("[data-page]").href = person.page;
      card.querySelector("[data-from]").href = `${person.page}/people/explore`;
      card.querySelector("[data-from]").hidden = person.step === 0;
      row?.classList.add("is-chosen");
      if (row && list.scrollHeight > list.clientHeight)
        list.scrollTop = row.offsetTop - list.offsetTop - list.clientHeight / 2;
      const { x, y } = sigma.getNodeDisplayData(node);
      if (isMoving) go({ x, y, ratio: Math.min(sigma.getCamera().ratio, 0.6) });
    }
    refresh();
  };

  const seek = (text) => {
    const asked = fold(text.trim());
    look.found = asked ? new Set(graph.filterNodes((_, { name }) => fold(name).includes(asked))) : null;
    look.chosen && choose(null);
    rows.forEach((row, handle) => { row.hidden = look.found !== null && !look.found.has(handle); });
    const says = find("[data-found]");
    says.textContent = look.found ? says.dataset.found.replace("{n}", look.found.size) : "";
    refresh();
  };
  const showCircle = (button) => {
    const number = Number(button.dataset.circle);
    look.circle = look.circle === number ? null : number;
    look.chosen && choose(null);
    findAll("[data-circle]").forEach((each) =>
      each.setAttribute("aria-pressed", String(Number(each.dataset.circle) === look.circle)));
    refresh();
  };

  const listen = () => {
    sigma.on("enterNode", ({ node }) => hover(node));
    sigma.on("leaveNode", () => hover(null));
    sigma.on("clickNode", ({ node }) => choose(node));
    sigma.on("clickStage", () => choose(null));
    sigma.on("doubleClickNode", ({ node, preventSigmaDefault }) => {
      preventSigmaDefault();
      location.assign(`${graph.getNodeAttribute(node, "page")}/people/explore`);
    });
    sigma.on("beforeRender", () => { names = []; });
    sigma.on("afterRender", () => drawFaces(sigma.getCanvases().faces.getContext("2d")));
    sigma.on("resize", () => {
      measure();
      sigma.scheduleRefresh();
    });
    list.addEventListener("focusin", ({ target }) => hover(target.closest("[data-person]")?.dataset.person || null));
    list.addEventListener("focusout", () => hover(null));
    list.addEventListener("pointerover", ({ target }) => hover(target.closest("[data-person]")?.dataset.person || null));
    list.addEventListener("pointerleave", () => hover(null));
    find("[data-seek]").addEventListener("input", ({ target }) => seek(target.value));
    find("[data-seek]").addEventListener("keydown", ({ key }) => {
      const [first] = look.found || [];
      if (key === "Enter" && first) choose(first);
    });
    page.addEventListener("keydown", ({ key }) => { if (key === "Escape" && look.chosen) choose(null); });
    page.addEventListener("click", ({ target }) => {
      const button = target.closest("[data-zoom],[data-circle]");
      if (button?.dataset.circle) showCircle(button);
      else if (button) ({ in: () => zoom(0.67), out: () => zoom(1.5), whole })[button.dataset.zoom]();
    });
    /* The wheel scrolls the page; with Ctrl, as with two fingers, it zooms. */
    find("[data-picture]").addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    }, { capture: true });
    isDark.addEventListener("change", () => { readPaint(); refresh(); });
  };

  const measure = () => {
    const { width, height } = find("[data-picture]").getBoundingClientRect();
    scale = Math.max(0.62, Math.min(1.15, Math.min(width, height) / 600));
  };

  const start = async () => {
    const answer = await fetch(page.dataset.explore, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.statusText);
    const told = await answer.json();
    stage.hidden = false;
    page.classList.add("is-drawn");
    build(told);
    readPaint();
    measure();
    sigma = new Sigma(graph, find("[data-picture]"), {
      nodeReducer: drawnNode,
      edgeReducer: drawnTie,
      defaultDrawNodeLabel: drawName,
      defaultDrawNodeHover: drawFocus,
      labelDensity: 0.6,
      labelGridCellSize: 120,
      labelRenderedSizeThreshold: 6,
      minCameraRatio: 0.1,
      maxCameraRatio: 1.6,
      enableCameraRotation: false,
      inertiaDuration: isStill.matches ? 0 : 180,
      zoomDuration: isStill.matches ? 1 : 180,
      stagePadding: 36,
      zIndex: true,
    });
    sigma.createCanvasContext("faces", { beforeLayer: "mouse" });
    sigma.resize(true);
    listen();
    sigma.refresh();
    page.dataset.drawn = graph.order;
  };

  start().catch(() => {
    stage.hidden = true;
    page.classList.remove("is-drawn");
    find("[data-failed]").hidden = false;
  });
})();
