// Filling a box anew after it was spilled, or thawed and dried: the box, then its tubes in any order, each into the next hole, or a hole
// and then its tube. Nothing is recorded until DONE; then all of it at once. Until then what was scanned is on this device's disk, so that
// whoever began can go on with it, whatever became of the page.
import { holeOf, nextFree } from "./box.js";
import { dropRebox, keepRebox, listReboxes } from "./store.js";

export const rebox = {
  name: "rebox",
  card: "REBOX",
  fills: true,
  hint: (bench) => bench.words.sentence(bench.hole ? "hole-for" : bench.hand?.rebox ? "rebox-on" : "rebox", { hole: bench.hole }),
  far: ({ words, hand }) => hand?.rebox && words.sentence("rebox-far", { count: hand.tubes.length, all: hand.expected.length }),

  async start(bench, known) {
    return known?.container ? begin(bench, known) : bench.say("ok", "rebox");
  },

  async resume(bench) {
    if (!bench.hand?.rebox) return;
    const { hand } = bench;
    if (await bench.openBox(hand.rebox)) clear(bench.box, hand.tubes);
  },

  async left(bench) {
    const [left] = await leftBy(bench.by);
    if (!left) return null;
    const { code, name, tubes } = left;
    return bench.ask(bench.say("warn", "rebox-left", { box: name, count: tubes.length }), {
      yes: () => bench.start("rebox", { code, container: { holds_tubes: true } }),
      no: async () => { await dropRebox(code); return bench.say("ok", "left"); },
    });
  },

  async scan(bench, code, known) {
    if (!known) return bench.say("stop", "no-network");
    if (known.container) return bench.hand?.tubes.length ? bench.say("warn", "rebox-first") : begin(bench, known);
    if (!bench.hand?.rebox) return bench.say("warn", "rebox");
    if (known.hole) return hole(bench, known.hole);
    return known.tube ? tube(bench, known.tube) : bench.say("warn", "no-tube");
  },

  async command(bench, card) {
    const { hand } = bench;
    if (!hand?.rebox) return null;
    if (card === "UNDO") return undo(bench);
    if (card === "CANCEL") await dropRebox(hand.rebox);
    if (card !== "DONE" || !hand.tubes.length) return null;
    const seen = new Set(hand.tubes.map((each) => each.barcode));
    const left = hand.expected.filter((barcode) => !seen.has(barcode)).length;
    if (!left) return send(bench);
    return bench.ask(bench.say("warn", "not-all", { count: left }), { yes: () => send(bench), no: () => bench.say("ok", "rebox-on") });
  },

  async look() {},
};

async function begin(bench, known) {
  if (!known.container.holds_tubes) return bench.say("warn", "rebox");
  if (!(await bench.openBox(known.code))) return bench.say("stop", "no-network");
  const expected = bench.box.holes.filter((each) => each.state === "here").map((each) => each.tube.barcode);
  const { code, name } = bench.box;
  const left = (await leftBy(bench.by)).find((one) => one.code === code);
  bench.hand = { rebox: code, name, expected, tubes: left?.tubes ?? [] };
  clear(bench.box, bench.hand.tubes);
  return left ? bench.say("ok", "rebox-again", { count: left.tubes.length }) : bench.say("ok", "rebox-on");
}

const leftBy = async (by) => (await listReboxes()).filter((one) => one.by === by);

// As it stands now, and what is to be sent of it is another thing than before.
async function keep(bench) {
  const { rebox: code, name, tubes } = bench.hand;
  delete bench.hand.op_id;
  if (tubes.length) await keepRebox({ code, name, tubes, by: bench.by });
  else await dropRebox(code);
}

// The box as it fills again; the holes kept for tubes that are out stay kept.
function clear(box, tubes) {
  for (const each of box.holes) if (each.state === "here" || each.state === "missing") { each.state = "free"; delete each.tube; }
  for (const each of tubes) put(box, each);
}

function put(box, { position, tube: shown }) {
  const place = holeOf(box, position);
  if (place) Object.assign(place, { state: "here", tube: shown });
}

function hole(bench, { box, name, position }) {
  if (box !== bench.hand.rebox) return bench.say("warn", "another-box", { box: name });
  if (holeOf(bench.box, position)?.state !== "free") return bench.say("stop", "taken", { hole: position, box: name });
  bench.hole = position;
  return bench.say("ok", "into", {}, { title: `${bench.words.title("into")[0]} ${position}`, sentence: bench.words.sentence("hole-for", { hole: position }), say: position });
}

async function tube(bench, scanned) {
  const { hand, box } = bench;
  const before = hand.tubes.find((each) => each.barcode === scanned.barcode);
  if (before) return bench.say("warn", "here-already", { hole: before.position ?? box.name });
  const away = box.holes.find((each) => each.state === "away" && each.tube?.barcode === scanned.barcode);
  if (away) { away.state = "free"; delete away.tube; }
  const position = bench.hole ?? nextFree(box);
  if (box.rows && !position) return bench.say("stop", "full", { box: box.name });
  const placed = { barcode: scanned.barcode, position, tube: scanned };
  hand.tubes.push(placed);
  await keep(bench);
  put(box, placed);
  bench.hole = null;
  bench.counts();
  return bench.say("ok", "into", {}, { title: `${bench.words.title("into")[0]} ${position ?? box.name}`, sentence: bench.words.sentence("rebox-on"), say: position ?? "", tube: scanned });
}

async function undo(bench) {
  const last = bench.hand.tubes.pop();
  if (!last) return bench.say("warn", "nothing-to-undo");
  await keep(bench);
  const place = holeOf(bench.box, last.position);
  if (place) { place.state = "free"; delete place.tube; }
  return bench.say("ok", "rebox-undone", { hole: last.position ?? bench.box.name });
}

async function send(bench) {
  const { hand } = bench;
  hand.op_id ??= crypto.randomUUID(); // the same, if DONE has to be scanned again because no answer came
  const { rebox: container, tubes, op_id } = hand;
  const said = await bench.post("/bench/rebox", { op_id, container, tubes: tubes.map(({ barcode, position }) => ({ barcode, position })) });
  if (!said.done) return said.outcome;
  await dropRebox(container);
  return bench.end(said.outcome);
}
