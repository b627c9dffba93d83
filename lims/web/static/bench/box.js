// What a device knows of a box: its holes, the next free one, and where in it a tube is.
export function nextFree(box) {
  return box.holes.find((hole) => hole.state === "free" && hole.position)?.position ?? null;
}

export function holeOf(box, position) {
  return box.holes.find((hole) => hole.position === position);
}

export function countFree(box) {
  return box.holes.filter((hole) => hole.state === "free").length;
}

// The map after an act, without asking again: the tube is in one hole alone.
export function put(box, tube) {
  for (const hole of box.holes) if (hole.tube?.barcode === tube.barcode) { delete hole.tube; hole.state = "free"; }
  if (tube.place?.container !== box.code) return;
  const hole = holeOf(box, tube.place.position);
  if (!hole) return;
  hole.state = tube.place.away ? "away" : "here";
  hole.tube = { ...tube, codes: [tube.barcode] };
}
