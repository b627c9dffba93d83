// Putting away: the box, then tube after tube into the next free hole; or a hole, then its tube. A tube that is out goes back to its own.
// A box, then what it stands in, moves it there with all that is in it.
import { nextFree } from "./box.js";
import { isOut, putBack } from "./put-back.js";

export const putAway = {
  name: "put-away",
  card: "IN",
  fills: true,
  inTurn: true,
  hint({ words, box, hole, notOurs }) {
    if (hole) return words.sentence("hole-for", { hole });
    return notOurs()?.sentence ?? words.sentence(box ? "put-away-here" : "put-away");
  },

  async start(bench, known) {
    return known ? this.scan(bench, known.code, known) : bench.say("ok", "put-away");
  },

  async scan(bench, code, known) {
    if (known?.container) return container(bench, known);
    if (known?.hole) return hole(bench, known);
    if (known && !known.tube) return bench.lead(known.address);
    if (!known) return bench.say("stop", "no-network");
    return tube(bench, code, known);
  },
};

async function container(bench, known) {
  const { container: there } = known;
  const { hand } = bench;
  if (hand && hand.code !== there.code && there.holds_containers && hand.stands_in.includes(there.type)) return moveInto(bench, hand, there);
  bench.hand = there;
  bench.hole = bench.box = null;
  if (there.holds_tubes && (await bench.openBox(there.code))?.rows) await bench.mayFill();
  return bench.box?.others ?? known.outcome;
}

export async function moveInto(bench, box, there) {
  const outcome = await bench.act({ type: "moved", barcode: box.code, container: there.code, seen: box.seen });
  bench.hand = null;
  if (bench.box) await bench.openBox(bench.box.code);
  return outcome;
}

async function hole(bench, known) {
  const { box, name, position, occupant } = known.hole;
  if (bench.box?.code !== box) await bench.openBox(box);
  bench.hand = null;
  if (occupant) return bench.say("stop", "taken", { hole: position, box: name });
  bench.hole = position;
  return bench.say("ok", "into", {}, { title: `${bench.words.title("into")[0]} ${position}`, sentence: bench.words.sentence("hole-for", { hole: position }), say: position });
}

async function tube(bench, code, known) {
  const { tube: scanned } = known;
  const { place } = scanned;
  const { box } = bench;
  if (!box) return withoutBox(bench, code, known);
  if (place?.container === box.code && !bench.hole) {
    return isOut(scanned) ? putBack(bench, code, scanned) : bench.say("warn", "here-already", { hole: place.position ?? box.name });
  }
  const position = bench.hole ?? nextFree(box);
  const others = box.rows && !bench.hole ? await bench.mayFill() : null;
  if (others) return others;
  if (box.rows && !position) return bench.say("stop", "full", { box: box.name });
  if (place && !place.away) {
    const where = [place.name, place.position].filter(Boolean).join(" · ");
    return bench.ask(bench.say("warn", "elsewhere", { place: where, hole: position ?? box.name }), {
      yes: () => put(bench, code, scanned, position),
      no: () => bench.say("ok", "kept", { place: where }),
    });
  }
  return put(bench, code, scanned, position);
}

async function withoutBox(bench, code, known) {
  if (isOut(known.tube)) return putBack(bench, code, known.tube);
  return known.tube.place ? known.outcome : bench.say("stop", "box-first", { tube: known.tube.label });
}

export async function put(bench, code, scanned, position) {
  const inTurn = bench.hole || !position ? {} : { in_turn: true };
  const outcome = await bench.act({ type: "placed", barcode: code, container: bench.box.code, position, seen: scanned.seen, ...inTurn }, scanned);
  if (outcome.done) bench.hole = null;
  return outcome;
}
