// Taking out: each tube is out from its scan on, and its hole is kept for it.
export const takeOut = {
  name: "take-out",
  card: "OUT",
  hint: (bench) => bench.words.sentence("take-out"),

  async start(bench) {
    return bench.say("ok", "take-out");
  },

  async scan(bench, code, known) {
    if (known?.container?.holds_tubes) {
      await bench.openBox(known.code);
      return known.outcome;
    }
    if (!known) return bench.say("stop", "no-network");
    if (known.hole || known.container) return bench.say("warn", "no-tube");
    if (!known.tube) return bench.lead(known.address);
    const { place } = known.tube;
    if (place && bench.box?.code !== place.container) await bench.openBox(place.container);
    bench.at = place?.position ?? null;
    return bench.act({ type: "checked_out", barcode: code, seen: known.tube.seen }, known.tube);
  },
};
