// Arrow keys walk a box map: left and right along a row, up and down a column.
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function walkMaps(page) {
  for (const map of page.querySelectorAll("table.box")) {
    map.addEventListener("keydown", (event) => {
      const step = STEPS[event.key];
      const cell = event.target.closest("td");
      if (!step || !cell) return;
      event.preventDefault();
      next(map, cell, step)?.focus();
    });
  }
}

function next(map, cell, [down, right]) {
  let row = cell.parentElement.rowIndex;
  let column = cell.cellIndex;
  for (;;) {
    row += down;
    column += right;
    const link = map.rows[row]?.cells[column]?.querySelector("a");
    if (!map.rows[row]?.cells[column] || row < 1 || column < 1) return null;
    if (link) return link;
  }
}
