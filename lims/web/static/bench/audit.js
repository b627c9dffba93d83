// Auditing: the box, then every tube in it, in any order; or a hole, then the tube that lies in it though it belongs elsewhere. The map
// shows what is here, what is to be scanned, what is wrong. Nothing changes until DONE; anybody may go on by scanning the box.
import { ask } from "./server.js";

const UNKNOWN = "scanning.unknown-code";
const address = (code) => `/bench/audits/${encodeURIComponent(code)}`;

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
    if (bench.hand?.audit) follow(bench, await ask(address(bench.hand.audit)));
  },

  async scan(bench, code, known) {
    if (!known) return bench.say("stop", "no-network");
    if (known.container) return known.code === bench.box?.code ? bench.say("ok", "audit-on") : begin(bench, known.code);
    if (!bench.hand?.audit) return bench.say("warn", "box-to-audit");
    if (known.hole) return hole(bench, known.hole);
    return known.tube ? scan(bench, code) : bench.say("warn", "no-tube");
  },

  // A code nobody knows is a finding too.
  async unknown(bench, code, known) {
    return bench.hand?.audit && known.code === UNKNOWN ? scan(bench, code) : known.outcome;
  },

  async command(bench, card) {
    if (!bench.hand?.audit) return null;
    if (card === "UNDO") return undo(bench);
    if (card !== "DONE") return null;
    const { to_scan: left } = bench.hand;
    if (!left) return accept(bench);
    return bench.ask(bench.say("warn", "not-all", { count: left }), { yes: () => accept(bench), no: () => bench.say("ok", "audit-on") });
  },

  async look(bench) {
    if (bench.hand?.audit) follow(bench, await ask(address(bench.hand.audit)));
  },
};

function hole(bench, { box, name, position }) {
  if (box !== bench.box?.code) return bench.say("warn", "another-box", { box: name });
  bench.hole = position;
  return bench.say("ok", "audit-hole", { hole: position });
}

async function begin(bench, container) {
  bench.hole = null;
  return follow(bench, await bench.post("/bench/audits", { container }), []);
}

async function scan(bench, code) {
  const said = await bench.post(`${address(bench.hand.audit)}/scans`, { code, position: bench.hole });
  const outcome = follow(bench, said);
  if (said.audit) bench.hole = null;
  if (said.undo) { bench.hand.scanned.push(code); bench.counts(); }
  return { ...outcome, tube: said.tube };
}

function follow(bench, said, scanned = bench.hand?.scanned ?? []) {
  const found = said?.audit;
  if (found) {
    bench.box = found.box;
    bench.hand = { audit: found.code, to_scan: found.to_scan, next: found.next, far: found.far, walk: found.by_walk, orders: found.orders, scanned };
  }
  return said?.outcome ?? bench.say("stop", "no-network");
}

async function undo(bench) {
  const code = bench.hand.scanned.at(-1);
  if (!code) return bench.say("warn", "nothing-to-undo");
  const said = await bench.post(`${address(bench.hand.audit)}/undo`, { code });
  if (said.audit) bench.hand.scanned.pop();
  return follow(bench, said);
}

async function accept(bench) {
  const said = await bench.post(`${address(bench.hand.audit)}/accept`, {});
  return said.audit ? bench.end(said.outcome) : said.outcome;
}
