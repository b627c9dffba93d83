// The map of the box on hand: a real table with heads; what is right is quiet, the hole to go to has the ring. Arrow keys walk it.
import { element, icon, nameOf } from "./elements.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const MARKS = { away: "wait", wrong: "warn", missing: "stop" };
const FINE = 12;
const LONG = 24;

export function makeMap(place, words) {
  let drawn = null;
  let cells = new Map();

  place.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    const cell = event.target.closest("td");
    if (!step || !cell) return;
    event.preventDefault();
    cell.closest("table").rows[cell.parentElement.rowIndex + step[0]]?.cells[cell.cellIndex + step[1]]?.focus();
  });

  return function show(box, now) {
    place.hidden = !box?.rows;
    if (place.hidden) return;
    if (drawn !== `${box.code} ${box.rows} ${box.columns}`) {
      cells = draw(place, box);
      drawn = `${box.code} ${box.rows} ${box.columns}`;
    }
    for (const hole of box.holes) fill(cells.get(hole.position), hole, hole.position === now, words);
  };
}

function draw(place, box) {
  const cells = new Map();
  const rows = [];
  for (let row = 0; row < box.rows; row += 1) {
    const holes = box.holes.slice(row * box.columns, (row + 1) * box.columns);
    const head = holes[0].position.replace(/\d+$/, "") || holes[0].position;
    const made = holes.map((hole) => element("td", { class: "hole" }));
    holes.forEach((hole, column) => cells.set(hole.position, made[column]));
    rows.push(element("tr", {}, [element("th", { scope: "row" }, [head]), ...made]));
  }
  const heads = Array.from({ length: box.columns }, (_, column) => element("th", { scope: "col" }, [String(column + 1)]));
  const size = box.columns > LONG ? "fine long" : box.columns > FINE ? "fine" : "";
  place.replaceChildren(element("table", { class: `box ${size}`, "aria-label": box.name }, [
    element("thead", {}, [element("tr", {}, [element("th"), ...heads])]),
    element("tbody", {}, rows),
  ]));
  return cells;
}

function fill(cell, hole, isNow, words) {
  const shown = `${hole.state} ${hole.tube?.barcode ?? ""} ${isNow}`;
  if (cell.dataset.shown === shown) return;
  cell.dataset.shown = shown;
  cell.dataset.state = hole.state;
  cell.toggleAttribute("data-now", isNow);
  cell.tabIndex = isNow ? 0 : -1;
  cell.replaceChildren(...(hole.tube ? inside(hole) : []));
  const named = hole.tube ? `${hole.position}, ${nameOf(hole.tube)}` : words.sentence("free", { hole: hole.position });
  cell.setAttribute("aria-label", hole.said ? hole.said : hole.state === "away" ? words.sentence("away", { hole: hole.position, tube: nameOf(hole.tube) }) : named);
}

function inside({ tube, state, mark }) {
  const half = tube.side ? [icon(tube.side)] : [tube.timepoint];
  const drawn = mark ?? MARKS[state];
  const shown = drawn ? [icon(drawn, "mk")] : [];
  return [element("b", {}, [tube.participant]), element("small", {}, [...half, ` ${tube.short}`]), ...shown];
}
