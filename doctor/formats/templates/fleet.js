
(() => {
  const heat = document.getElementById("heat");
  if (!heat) return;
  const HEIGHT = 20, WIDEST = 22, LETTERS = 11;
  const TALL = [0.3, 1, 0.8, 0.65, 0.5];  // of the row, by the rank of a value: the shape tells what the colour does
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const rows = [...heat.querySelectorAll("tbody tr")];
  const canvases = rows.map((row) => row.querySelector("canvas"));
  let shown = [], wide = 1, cursor = { row: 0, column: 0 };

  const mark = (row, node) => {
    const place = row.of[node];
    if (place < 0) return "×";
    const state = row.values[place][0];
    if (state !== "known") return state === "absent" ? "-" : "?";
    return place < 26 ? String.fromCharCode(65 + place) : "Z";
  };
  const tell = (row, node) => {
    const place = row.of[node];
    if (place < 0) return "did not report";
    const [state, text] = row.values[place];
    return state === "known" ? text : state === "absent" ? "not there" : `unknown (${text})`;
  };
  const signature = (node) => data.rows.map((row) => String(row.of[node] + 1).padStart(4, "0")).join("");

  function choose() {
    const wanted = byId("filter-nodes").value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    shown = data.nodes.map((_, index) => index)
      .filter((index) => !wanted.length || wanted.some((word) => data.nodes[index][0].toLowerCase().includes(word)));
    if (byId("order").value === "alike") {
      const keys = new Map(shown.map((index) => [index, signature(index)]));
      shown.sort((one, other) => (keys.get(one) < keys.get(other) ? -1 : keys.get(one) > keys.get(other) ? 1 : one - other));
    }
    const thing = byId("filter-rows").value.toLowerCase();
    rows.forEach((row, index) => { row.hidden = !`${data.rows[index].item} ${data.rows[index].trait}`.toLowerCase().includes(thing); });
    byId("shown").textContent = `${shown.length} of ${data.nodes.length} nodes, ${rows.filter((row) => !row.hidden).length} of ${rows.length} things`;
    cursor = { row: Math.max(0, rows.findIndex((row) => !row.hidden)), column: 0 };
    draw();
  }

  function draw() {
    const room = Math.max(240, Math.min(heat.clientWidth * 0.5, 900)), fit = room / Math.max(1, shown.length);
    wide = fit >= 1 ? Math.min(WIDEST, Math.floor(fit)) : fit;  // however many nodes there are, all are in sight
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const paint = { ranks: ["a", "b", "c", "d", "e"].map(colour), absent: colour("gone"), unknown: colour("unread"), silent: colour("error"), ink: colour("ink"), page: colour("page") };
    canvases.forEach((canvas, index) => { if (!rows[index].hidden) drawRow(canvas, data.rows[index], paint); });
    point(false);
  }

  function drawRow(canvas, row, paint) {
    const ratio = window.devicePixelRatio || 1, width = Math.max(1, shown.length * wide);
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${HEIGHT}px`;
    const brush = canvas.getContext("2d");
    brush.scale(ratio, ratio);
    // Where several nodes share a pixel, one that is off is drawn over those that have what most have.
    const isOff = (node) => row.of[node] !== 0;
    shown.forEach((node, column) => { if (!isOff(node)) drawCell(brush, column * wide, row, node, paint); });
    shown.forEach((node, column) => { if (isOff(node)) drawCell(brush, column * wide, row, node, paint); });
  }

  function drawCell(brush, x, row, node, paint) {
    const place = row.of[node], sign = mark(row, node), width = wide > 4 ? wide - 1 : Math.max(1, wide);
    if (place !== 0) brush.clearRect(x, 0, width, HEIGHT);
    if (sign === "-" || sign === "?" || sign === "×") {
      // What is not a value has no body: a line, a row of dashes, or a frame.
      brush.fillStyle = sign === "-" ? paint.absent : sign === "?" ? paint.unknown : paint.silent;
      const step = sign === "-" ? HEIGHT - 3 : sign === "?" ? 5 : 3;
      for (let y = HEIGHT - 3; y >= 0; y -= step) brush.fillRect(x, y, width, 2);
    } else {
      const tall = Math.max(3, Math.round((TALL[Math.min(place, TALL.length - 1)]) * HEIGHT));
      brush.fillStyle = paint.ranks[Math.min(place, paint.ranks.length - 1)];
      brush.fillRect(x, HEIGHT - tall, width, tall);
    }
    if (wide >= LETTERS && place !== 0) {
      brush.fillStyle = sign >= "B" && sign <= "Z" ? paint.page : paint.ink;
      brush.font = "bold 11px system-ui, sans-serif";
      brush.textAlign = "center";
      brush.fillText(sign, x + width / 2, HEIGHT - 4);
    }
  }

  function point(aloud = true) {
    const node = shown[cursor.column], row = data.rows[cursor.row];
    if (node === undefined || !row) { byId("pointed").textContent = "No node is shown"; return; }
    const same = row.of.filter((place) => place === row.of[node]).length;
    const [name, role] = data.nodes[node];
    const most = row.values[0] && row.of[node] !== 0 ? `; most have ${row.values[0][0] === "known" ? row.values[0][1] : "none"}` : "";
    if (aloud) byId("pointed").textContent = `${name} (${role}), ${row.item}: ${mark(row, node)} ${tell(row, node)}, as ${same} of ${data.nodes.length} nodes${most}`;
  }

  function pick(name) {
    const first = byId("left"), second = byId("right");
    if (!first.value || second.value) { first.value = name; second.value = ""; } else { second.value = name; compare(); }
  }

  function move(rowStep, columnStep) {
    const open = rows.map((_, index) => index).filter((index) => !rows[index].hidden);
    if (!open.length || !shown.length) return;
    const at = Math.max(0, open.indexOf(cursor.row));
    cursor.row = open[Math.min(open.length - 1, Math.max(0, at + rowStep))];
    cursor.column = Math.min(shown.length - 1, Math.max(0, cursor.column + columnStep));
    point();
  }

  function compare() {
    const [left, right] = ["left", "right"].map((id) => data.nodes.findIndex(([name]) => name === byId(id).value.trim()));
    const place = byId("compared");
    place.hidden = false;
    place.replaceChildren();
    const say = (text) => { const words = document.createElement("p"); words.textContent = text; place.append(words); };
    if (left < 0 || right < 0) { say("There is no such node"); return; }
    const differing = data.rows.filter((row) => row.of[left] !== row.of[right] || mark(row, left) === "?");
    if (!differing.length) { say(`${data.nodes[left][0]} and ${data.nodes[right][0]} have the same of all that is compared`); return; }
    const table = document.createElement("table");
    const add = (words, tag) => {
      const line = table.insertRow();
      words.forEach((text, index) => {
        const cell = document.createElement(index === 0 || tag === "th" ? "th" : "td");
        cell.scope = tag === "th" ? "col" : "row";
        cell.textContent = text;
        line.append(cell);
      });
    };
    add(["Thing", data.nodes[left][0], data.nodes[right][0]], "th");
    for (const row of differing) add([`${row.item} (${row.trait})`, tell(row, left), tell(row, right)], "td");
    say(`${differing.length} differences`);
    place.append(table);
  }

  for (const part of document.querySelectorAll(".picture")) part.hidden = false;
  for (const id of ["tools", "compare", "pointed"]) byId(id).hidden = false;
  const names = byId("names");
  for (const [name] of data.nodes) names.append(new Option(name));
  for (const id of ["filter-nodes", "filter-rows"]) byId(id).addEventListener("input", choose);
  byId("order").addEventListener("change", choose);
  byId("tools").addEventListener("submit", (event) => event.preventDefault());
  byId("compare").addEventListener("submit", (event) => { event.preventDefault(); compare(); });
  canvases.forEach((canvas, index) => {
    const at = (event) => { cursor = { row: index, column: Math.floor(event.offsetX / wide) }; point(); };
    canvas.addEventListener("mousemove", at);
    canvas.addEventListener("click", (event) => { at(event); if (shown[cursor.column] !== undefined) pick(data.nodes[shown[cursor.column]][0]); });
  });
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], PageUp: [0, -20], PageDown: [0, 20] };
  heat.addEventListener("keydown", (event) => {
    if (event.key in steps) { event.preventDefault(); move(...steps[event.key]); }
    if (event.key === "Enter" && shown[cursor.column] !== undefined) pick(data.nodes[shown[cursor.column]][0]);
  });
  window.addEventListener("resize", draw);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  choose();
})();
