// Picking: the list, then each tube in the order one walks past them. A wrong tube is explained and nothing is recorded; the card
// NOT THERE gives a tube up, and YES takes the one that is offered instead.
import { ask } from "./server.js";

const address = (list) => `/bench/pick-lists/${encodeURIComponent(list.code)}`;

export const pick = {
  name: "pick",
  card: "PICK",
  hint: (bench) => bench.words.sentence(!bench.hand?.list ? "pick" : bench.hand.list.next ? "pick-on" : "pick-done"),
  about: (bench) => bench.hand?.list?.name,
  far: (bench) => bench.hand?.list?.far,
  clock: ({ hand }) => hand?.list?.out_since_ms ? { since: hand.list.out_since_ms, minutes: hand.list.minutes_out } : null,

  async start(bench, known) {
    return known?.pick_list ? open(bench, known.pick_list) : bench.say("ok", "pick");
  },

  async resume(bench) {
    if (bench.hand?.list) await open(bench, bench.hand.list.code, bench.hand.taken);
  },

  async scan(bench, code, known) {
    if (known?.pick_list) return open(bench, known.pick_list);
    if (!bench.hand?.list) return bench.say("warn", "pick");
    if (!known) return bench.say("stop", "no-network");
    if (!known.tube) return bench.say("warn", "no-tube");
    const said = await bench.post(`${address(bench.hand.list)}/picks`, { barcode: code });
    if (said.done) { bench.hand.taken.push(code); bench.counts(); }
    return follow(bench, said);
  },

  async command(bench, card) {
    const { hand } = bench;
    if (!hand?.list) return null;
    if (card === "NOTTHERE") return notThere(bench);
    if (card === "UNDO") return undo(bench);
    if (card !== "DONE") return null;
    const said = await bench.post(`${address(hand.list)}/done`, {});
    return said.list ? bench.end(said.outcome) : said.outcome;
  },

  // Somebody else may be on the same list.
  async look(bench) {
    const said = bench.hand?.list && (await ask(address(bench.hand.list)));
    if (said?.list) await follow(bench, said);
  },
};

async function open(bench, code, taken = []) {
  const said = await ask(address({ code }));
  if (!said?.list) return said?.outcome ?? bench.say("stop", "no-network");
  bench.hand = { list: said.list, taken };
  return follow(bench, said);
}

// What the service says of the list, and the map of the box one is to stand before.
async function follow(bench, said) {
  if (!said.list) return said.outcome;
  bench.hand.list = said.list;
  const { next } = said.list;
  bench.at = next?.position ?? null;
  if (!next?.container) bench.box = null;
  else await bench.openBox(next.container);
  return said.outcome;
}

async function notThere(bench) {
  const { list } = bench.hand;
  if (!list.next) return bench.say("warn", "pick-done");
  const said = await bench.post(`${address(list)}/not-found`, { line: list.next.line });
  const outcome = await follow(bench, said);
  if (!said.substitute) return outcome;
  return bench.ask(outcome, {
    yes: async () => follow(bench, await bench.post(`${address(list)}/instead`, said.substitute)),
    no: () => bench.say("ok", "pick-without"),
  });
}

async function undo(bench) {
  const barcode = bench.hand.taken.at(-1);
  if (!barcode) return bench.say("warn", "nothing-to-undo");
  const said = await bench.post(`${address(bench.hand.list)}/undo`, { barcode });
  if (said.done) bench.hand.taken.pop();
  return follow(bench, said);
}
