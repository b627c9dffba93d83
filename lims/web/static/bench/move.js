// Moving: what is moved, then where to: a tube into a box or a hole, a box or rack into what it is to stand in.
import { nextFree } from "./box.js";

export const move = {
  name: "move",
  card: "MOVE",
  hint: (bench) => bench.moving ? bench.words.sentence("where-to", { thing: bench.moving.name }) : bench.words.sentence("move"),

  async start(bench) {
    bench.moving = null;
    return bench.say("ok", "move");
  },

  async scan(bench, code, known) {
    if (!known) return bench.say("stop", "no-network");
    const { moving } = bench;
    if (moving && (known.container || (known.hole && moving.tube))) return moveTo(bench, moving, known);
    if (!known.tube && !known.container) return known.hole ? bench.say("warn", "no-tube") : bench.lead(known.address);
    bench.moving = known.tube
      ? { code, tube: known.tube, name: known.tube.label, seen: known.tube.seen }
      : { code: known.code, name: known.container.name, seen: known.container.seen };
    if (known.tube?.place) await bench.openBox(known.tube.place.container);
    bench.at = known.tube?.place?.position ?? null;
    return bench.say("ok", "where-to", { thing: bench.moving.name });
  },
};

async function moveTo(bench, moving, known) {
  const container = known.hole?.box ?? known.code;
  if (moving.tube) await bench.openBox(container);
  const inTurn = moving.tube && !known.hole && bench.box?.rows ? { in_turn: true } : {};
  const others = inTurn.in_turn ? await bench.mayFill() : null;
  if (others) return others;
  const position = known.hole?.position ?? (moving.tube && bench.box?.rows ? nextFree(bench.box) : null);
  if (moving.tube && bench.box?.rows && !position) return bench.say("stop", "full", { box: bench.box.name });
  const type = moving.tube && !moving.tube.place ? "placed" : "moved";
  const outcome = await bench.act({ type, barcode: moving.code, container, position, seen: moving.seen, ...inTurn }, moving.tube);
  if (outcome.done) bench.moving = null;
  bench.at = outcome.tube?.place?.position ?? null;
  return outcome;
}
