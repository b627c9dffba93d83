// What this device knows of a code without asking: the boxes and pick lists it has loaded and every code of every tube in them. A code that
// is in none of them and is no container's may be a tube that has no hole yet: it is taken for one, and the service decides when it hears of it.
import { countFree, holeOf } from "./box.js";
import { inFours } from "./words.js";

const OTHERS = /^([CKU][2-9A-Z]{7}|(PL|AUD)-\d{4}-\d+)$/; // containers, kits and badges, pick lists, audits

export function recall(code, boxes, lists, words) {
  const read = code.toUpperCase().replaceAll(" ", "");
  const known = { kind: "kept", read: code, code: read, kept: true };
  const box = boxes.find((one) => one.code === read);
  if (box) return { ...known, container: containerOf(box), outcome: asKept(words, box.name, box) };
  const [, of, position] = /^(.+)\.([A-Z]?\d+)$/.exec(read) ?? [];
  const around = of && boxes.find((one) => one.code === of);
  const hole = around && holeOf(around, position);
  if (hole) return { ...known, hole: { box: of, name: around.name, position, occupant: hole.tube?.barcode ?? null }, outcome: asKept(words, position, around) };
  for (const one of boxes) {
    const held = one.holes.find((each) => each.tube && isCalled(read, each.tube, each.tube.codes));
    if (held) return { ...known, code: held.tube.barcode, tube: tubeIn(one, held), outcome: asKept(words, held.position, one) };
  }
  const list = lists.find((one) => one.code === read);
  if (list) return { ...known, pick_list: list.code, outcome: words.outcome("wait", "not-known-here", {}, { title: list.list.name, other: "", sentence: "" }) };
  const listed = lists.flatMap(({ tubes }) => tubes).find((each) => isCalled(read, each.tube, each.codes));
  if (listed) return { ...known, code: listed.tube.barcode, tube: tubeOf(listed), outcome: words.outcome("wait", "not-known-here", {}, { title: listed.where, other: "", sentence: "" }) };
  if (of || OTHERS.test(read)) return null;
  return { ...known, tube: unknownTube(code), outcome: words.outcome("wait", "not-known-here") };
}

// The tube after an act that only this device knows of yet.
export function tubeAfter(tube, act, box) {
  if (!tube) return null;
  const place = placeAfter(tube.place, act, box);
  return { ...tube, codes: tube.codes ?? [tube.barcode], place, seen: place ? `${place.container}.${place.position ?? ""}${place.away ? "~" : ""}` : "" };
}

function placeAfter(place, act, box) {
  switch (act.type) {
    case "checked_out": return place && { ...place, away: true };
    case "returned": return place && { ...place, away: false };
    case "placed":
    case "moved": return box && { container: box.code, name: box.name, position: act.position, path: box.path, away: false };
    default: return place;
  }
}

const isCalled = (read, tube, codes) => tube.label.toUpperCase() === read || codes.some((its) => its.toUpperCase() === read);

// A tube as a pick list wants it; where it stands is not so sure that an act should go by it.
function tubeOf({ tube, codes, container, name, position, where }) {
  return { ...tube, codes, place: container && { container, name, position, path: where, away: false } };
}

function tubeIn(box, hole) {
  return { ...hole.tube, place: { container: box.code, name: box.name, position: hole.position, path: box.path, away: hole.state === "away" } };
}

function unknownTube(code) {
  return { barcode: code, codes: [code], label: inFours(code), participant: inFours(code), timepoint: "", side: null, type_word: "", short: "", shape: "tube", place: null };
}

function containerOf(box) {
  return {
    code: box.code, name: box.name, type: box.type, path: box.path, holds_tubes: box.holds_tubes, holds_containers: false, stands_in: [],
    grid: Boolean(box.rows), free: countFree(box), seen: box.seen,
  };
}

function asKept(words, title, box) {
  return words.outcome("wait", "as-kept", { box: box.name }, { title, other: "" });
}
