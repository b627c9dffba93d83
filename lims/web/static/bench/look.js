// Nothing on hand: a tube says where it is, a box is opened to be filled, anything else leads to its page. A pick list has one only where
// there is a network; where there is none, it is gone on with.
export const look = {
  name: "look",
  card: null,
  hint: (bench) => bench.words.sentence("look"),

  async start(bench) {
    bench.at = null;
    return bench.say("ok", "look");
  },

  async scan(bench, code, known) {
    if (!known) return bench.say("stop", "no-network");
    if (known.container || known.hole) return bench.start("put-away", known);
    if (known.pick_list && known.kept) return bench.start("pick", known);
    if (!known.tube) return bench.lead(known.address);
    const { place } = known.tube;
    bench.at = place?.position ?? null;
    bench.box = null;
    if (place) await bench.openBox(place.container);
    return known.outcome;
  },
};
