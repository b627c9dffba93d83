// Picking: the list, then each tube in the order one walks past them. A wrong tube is explained and nothing is recorded; the card
// NOT THERE gives a tube up, and YES takes the one that is offered instead. A list that was loaded here is gone on with where there is no
// network: tubes are ticked, and acts kept; only another tube instead is the service's to find.
import { addressOf, compared, learn, meantBy, recallList, whereNext } from "./lists.js";
import { together } from "./words.js";

const TO_TAKE = new Set(["wanted", "not-found"]);

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
    const { list } = bench.hand;
    const line = list.lines.find(({ barcode }) => barcode === known.tube.barcode);
    if (line && TO_TAKE.has(line.state)) return take(bench, code, line, known.tube);
    if (known.kept) return explain(bench, line, known.tube);
    return taken(bench, code, await bench.post(`${addressOf(list.code)}/picks`, { barcode: code }));
  },

  async command(bench, card) {
    if (!bench.hand?.list) return null;
    switch (card) {
      case "NOTTHERE": return notThere(bench);
      case "UNDO": return undo(bench);
      case "DONE": return done(bench);
      default: return null;
    }
  },

  // Somebody else may be on the same list.
  async look(bench) {
    const { hand } = bench;
    if (!hand?.list || bench.alone()) return;
    const said = await bench.get(addressOf(hand.list.code), hand.etag);
    if (!said?.list || bench.hand !== hand || bench.alone()) return;
    if (said.list.lines.length !== hand.list.lines.length) await load(bench, said.list);
    hand.etag = said.etag;
    await follow(bench, said);
  },
};

async function open(bench, code, before = []) {
  const said = bench.alone() ? null : await bench.get(addressOf(code));
  if (said && !said.list) return said.outcome ?? bench.say("stop", "signed-out");
  const list = said?.list ?? (await recallList(code, bench.words));
  bench.hand = null;
  if (!list) return bench.say("stop", "list-not-kept");
  if (list.state !== "open") return bench.say("warn", "pick-ended");
  bench.hand = { list, taken: before, etag: said?.etag };
  if (!said) { await stand(bench); return bench.say("wait", "pick-kept", {}, { title: list.name, other: "", sentence: whereNext(list, bench.words) }); }
  await load(bench, list);
  return follow(bench, said);
}

// Its tubes and the maps of their boxes, for when there is no network.
async function load(bench, list) {
  const said = await bench.get(`${addressOf(list.code)}/tubes`);
  if (!said?.tubes) return;
  await learn(list, said.tubes);
  bench.load(new Set(said.tubes.map(({ container }) => container).filter(Boolean)));
}

// What the service says of the list, and the map of the box one is to stand before.
async function follow(bench, said) {
  if (!said.list) return said.outcome;
  bench.hand.list = said.list;
  await stand(bench);
  return said.outcome;
}

async function stand(bench) {
  const { next } = bench.hand.list;
  bench.at = next?.position ?? null;
  if (!next?.container) bench.box = null;
  else await bench.openBox(next.container);
}

async function take(bench, code, { line }, tube) {
  const { list } = bench.hand;
  const shown = { type: "picked", barcode: code, where: list.code };
  const said = await bench.record({ barcode: code }, { to: `${addressOf(list.code)}/picks`, shown, line });
  if (!said.kept) return taken(bench, code, said);
  bench.hand.taken.push(code);
  bench.counts();
  if (tube.place) await bench.shift({ ...tube, place: list.into ? null : { ...tube.place, away: true } });
  return goOn(bench, "pick-kept");
}

async function taken(bench, code, said) {
  if (said.done) { bench.hand.taken.push(code); bench.counts(); }
  return follow(bench, said);
}

// An act that is kept here: the list as it stands after it.
async function goOn(bench, what) {
  const { words, hand } = bench;
  hand.list = (await recallList(hand.list.code, words)) ?? hand.list;
  await stand(bench);
  const sentence = together(words.sentence(what), whereNext(hand.list, words));
  return { ...bench.say("wait", what, {}, { sentence, say: hand.list.next?.position ?? "" }), done: true };
}

// Why it is not to be taken, from what was loaded.
async function explain(bench, line, tube) {
  if (line?.state === "picked") return bench.say("warn", "pick-twice");
  const meant = await meantBy(tube, bench.hand.list);
  if (!meant) return bench.say("stop", "not-on-list");
  const said = tube.type ? "wrong-tube" : "wrong-unknown";
  const { words } = bench;
  return bench.say("stop", said, {}, { sentence: together(words.sentence(said), whereNext({ next: meant }, words)), compare: compared(tube, meant, words) });
}

async function notThere(bench) {
  const { list } = bench.hand;
  if (!list.next) return bench.say("warn", "pick-done");
  const { line, tube } = list.next;
  const shown = { type: "pick_not_found", barcode: tube.barcode, where: list.code };
  const said = await bench.record({ line }, { to: `${addressOf(list.code)}/not-found`, shown, line });
  if (said.kept) return goOn(bench, "not-there-kept");
  const outcome = await follow(bench, said);
  if (!said.substitute) return outcome;
  return bench.ask(outcome, {
    yes: async () => {
      const instead = await bench.post(`${addressOf(list.code)}/instead`, said.substitute);
      if (instead.list) await load(bench, instead.list);
      return follow(bench, instead);
    },
    no: () => bench.say("ok", "pick-without"),
  });
}

async function undo(bench) {
  const barcode = bench.hand.taken.at(-1);
  if (!barcode) return bench.say("warn", "nothing-to-undo");
  if (bench.alone()) return bench.say("stop", "undo-later");
  const said = await bench.post(`${addressOf(bench.hand.list.code)}/undo`, { barcode });
  if (said.done) bench.hand.taken.pop();
  return follow(bench, said);
}

// Sent after all that was picked, in its turn: the list is over when the service has heard everything.
async function done(bench) {
  const { list } = bench.hand;
  const shown = { type: "pick_list_done", barcode: list.code, where: "" };
  const said = await bench.record({}, { to: `${addressOf(list.code)}/done`, shown });
  if (said.kept) return bench.end(bench.say("wait", "pick-done-kept"));
  return said.list ? bench.end(said.outcome) : said.outcome;
}
