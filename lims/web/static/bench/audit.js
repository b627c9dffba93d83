// Auditing: the box, then every tube in it, in any order; or a hole, then the tube that lies in it though it belongs elsewhere. The map
// shows what is here, what is to be scanned, what is wrong. Nothing changes until DONE; anybody may go on by scanning the box. An audit
// that was loaded here is gone on with where there is no network; what was found is accepted when the service has heard all of it.
import { addressOf, isUnseen, recallAudit } from "./audits.js";

const UNKNOWN = "scanning.unknown-code";

export const audit = {
  name: "audit",
  card: "AUDIT",
  hint: ({ words, hand, hole }) => words.sentence(!hand?.audit ? "audit" : hole ? "audit-hole" : hand.to_scan ? "audit-on" : "audit-done", { hole }),
  next: ({ hand }) => hand?.next,
  far: ({ hand }) => [hand?.far, hand?.walk].filter(Boolean).join(" · "),
  orders: ({ hand }) => hand?.orders ?? [],

  async start(bench, known) {
    return known?.container ? begin(bench, known.code) : bench.say("ok", "audit");
  },

  async resume(bench) {
    if (bench.hand?.audit && bench.alone()) show(bench, await recallAudit(bench.hand.box, bench.words));
    else await this.look(bench);
  },

  async scan(bench, code, known) {
    if (!known) return bench.say("stop", "no-network");
    if (known.container) return known.code === bench.hand?.box ? bench.say("ok", "audit-on") : begin(bench, known.code);
    if (!bench.hand?.audit) return bench.say("warn", "box-to-audit");
    if (known.hole) return hole(bench, known.hole);
    return known.tube ? scan(bench, code, known.tube) : bench.say("warn", "no-tube");
  },

  // A code nobody knows is a finding too.
  async unknown(bench, code, known) {
    return bench.hand?.audit && known.code === UNKNOWN ? scan(bench, code, null) : known.outcome;
  },

  async command(bench, card) {
    if (!bench.hand?.audit) return null;
    if (card === "UNDO") return undo(bench);
    if (card !== "DONE") return null;
    if (bench.alone()) return bench.say("stop", "accept-later");
    const { to_scan: left } = bench.hand;
    if (!left) return accept(bench);
    return bench.ask(bench.say("warn", "not-all", { count: left }), { yes: () => accept(bench), no: () => bench.say("ok", "audit-on") });
  },

  async look(bench) {
    const { hand } = bench;
    if (!hand?.audit || bench.alone()) return;
    const said = await bench.get(addressOf(hand.audit));
    if (said?.audit && bench.hand === hand && !bench.alone()) follow(bench, said);
  },
};

function hole(bench, { box, name, position }) {
  if (box !== bench.box?.code) return bench.say("warn", "another-box", { box: name });
  bench.hole = position;
  return bench.say("ok", "audit-hole", { hole: position });
}

async function begin(bench, container) {
  bench.hole = bench.hand = null;
  if (bench.alone()) return goOn(bench, container);
  const said = await bench.post("/bench/audits", { container });
  if (said.audit) bench.load([container]); // its codes, too, are to be known where there is no network
  return follow(bench, said);
}

async function goOn(bench, container) {
  const kept = await recallAudit(container, bench.words);
  if (!kept) return bench.say("stop", "audit-not-kept");
  show(bench, kept);
  return bench.say("wait", "audit-again");
}

async function scan(bench, code, tube) {
  const { audit: of, box } = bench.hand;
  const wasUnseen = isUnseen(bench.box, tube?.barcode);
  const shown = { type: "audit_scanned", barcode: code, where: [of, bench.hole].filter(Boolean).join(" · ") };
  const said = await bench.record({ code, position: bench.hole }, { to: `${addressOf(of)}/scans`, shown, tube: tube?.barcode });
  if (!said.kept) return answered(bench, code, said);
  bench.hole = null;
  bench.hand.scanned.push(code);
  bench.counts();
  show(bench, await recallAudit(box, bench.words));
  return bench.say("wait", wasUnseen ? "audit-here-kept" : "audit-kept");
}

function answered(bench, code, said) {
  const outcome = follow(bench, said);
  if (said.audit) bench.hole = null;
  if (said.undo) { bench.hand.scanned.push(code); bench.counts(); }
  return { ...outcome, tube: said.tube };
}

function follow(bench, said) {
  if (said.audit) show(bench, said.audit);
  return said.outcome;
}

function show(bench, found) {
  if (!found) return;
  const { code, to_scan, next, far, by_walk: walk, orders, box } = found;
  const scanned = bench.hand?.audit === code ? bench.hand.scanned : [];
  bench.box = box;
  bench.hand = { audit: code, box: box.code, to_scan, next, far, walk, orders, scanned };
}

async function undo(bench) {
  const code = bench.hand.scanned.at(-1);
  if (!code) return bench.say("warn", "nothing-to-undo");
  if (bench.alone()) return bench.say("stop", "undo-later");
  const said = await bench.post(`${addressOf(bench.hand.audit)}/undo`, { code });
  if (said.audit) bench.hand.scanned.pop();
  return follow(bench, said);
}

async function accept(bench) {
  const said = await bench.post(`${addressOf(bench.hand.audit)}/accept`, {});
  return said.audit ? bench.end(said.outcome) : said.outcome;
}
