// Acts on their way to the service. Each has its own id and is on this device's disk before it is sent; they go in the order they were
// done, from one tab at a time, and a repeat is answered with the first answer: twice sent is once done. An act belongs to the person who
// did it and is sent as nobody else. `enqueue(act)` promises what became of it: {status, outcome, …}; {kept: true} where it waits here.
// An act on a tube or a container goes to ACTS, several at once; of any other, `about.to` says where, and it goes by itself.
import { addWaiting, listRefused, listWaiting, settle, workOff } from "./store.js";
import { ANSWERED, isThere } from "./server.js";

const ACTS = "/bench/acts";
const BY_HAND = "/bench/by-hand";
const LOCK = "bench-outbox";
const AT_ONCE = 20;
const AGAIN_MS = 5000;
const PATIENCE_MS = 8000; // what is answered later than that is sent once more, and told again what it was told
const OTHER_SESSION = new Set(["web.page-too-old", "web.form-from-elsewhere"]);
const COUNT = "bench-waiting"; // for every other page's top bar

export function makeOutbox({ token, by, device, behindMs, changed, answered }) {
  const news = new BroadcastChannel(LOCK);
  const telling = new Map();
  const standing = { network: "online", mine: 0, others: [], refused: [] };
  let sending = null;
  let wanted = false;

  async function count() {
    const [waiting, refused] = await Promise.all([listWaiting(), listRefused()]);
    standing.mine = waiting.filter((entry) => entry.by === by).length;
    standing.others = [...Map.groupBy(waiting.filter((entry) => entry.by !== by), (entry) => entry.by)].map(([who, acts]) => [who, acts.length]);
    standing.refused = refused.sort((one, other) => one.turn - other.turn);
    localStorage.setItem(COUNT, String(waiting.length + refused.length));
    changed(standing);
  }

  async function hear(results) {
    for (const said of results) {
      const tell = telling.get(said.op_id);
      telling.delete(said.op_id);
      if (tell) { standing.mine -= 1; tell(said); }
      await answered(said).catch(console.error); // what cannot be shown is sent all the same
    }
  }

  // What became of an act, and of which code it was; a refusal that nobody waits for any more is late.
  function toldOf(entry, said) {
    const opId = entry.act.op_id;
    return { ...said, op_id: opId, of: shownOf(entry).barcode, late: said.status === "refused" && !telling.has(opId) };
  }

  // Whoever waits for an answer is told that the act is kept: work goes on.
  function letGo() {
    for (const tell of telling.values()) tell({ kept: true });
    telling.clear();
  }

  async function sendAll() {
    for (;;) {
      const mine = (await listWaiting()).filter((entry) => entry.by === by);
      if (!mine.length) { if (standing.network !== "online" && (await isThere())) standing.network = "online"; break; }
      const now = together(mine);
      const said = await send(now, token);
      if (!said.results) { standing.network = said.network; letGo(); break; }
      standing.network = "online";
      const results = now.map((entry, at) => toldOf(entry, said.results[at]));
      await hear(results);
      await settle(now.map((entry) => entry.turn), now.map((entry, at) => ({ ...entry, ...results[at] })).filter(({ late }) => late));
      news.postMessage(results);
    }
    await count();
  }

  function drain() {
    wanted = true;
    sending ??= (async () => {
      try { while (wanted) { wanted = false; await navigator.locks.request(LOCK, sendAll); } } finally { sending = null; }
    })();
    return sending;
  }

  const whenever = () => (standing.mine || standing.network !== "online" ? drain() : null);
  const made = (act) => ({ op_id: crypto.randomUUID(), occurred_at: new Date(Date.now() + behindMs).toISOString(), device, ...act });

  news.onmessage = async (event) => { await hear(event.data); await count(); };
  addEventListener("online", drain);
  addEventListener("offline", () => { standing.network = "offline"; changed(standing); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) drain(); });
  setInterval(whenever, AGAIN_MS);
  if (!navigator.onLine) standing.network = "offline";

  return {
    standing,
    drain,
    // What waits here is sent before anything else is done; where nothing does, there is nothing to wait for.
    async begin() {
      await count();
      await whenever();
    },
    async enqueue(act, about = {}) {
      const whole = made(act);
      await addWaiting({ by, act: whole, ...about });
      const becomes = new Promise((resolve) => { telling.set(whole.op_id, resolve); });
      standing.mine += 1;
      changed(standing);
      drain();
      return { op_id: whole.op_id, ...(await becomes) };
    },
    // The network as somebody else met it.
    met(there) {
      const before = standing.network;
      if (there === (before !== "offline")) return;
      standing.network = there ? "online" : "offline";
      if (there) drain();
      changed(standing);
    },
    // What was refused, done again as it was by who did it: under an id of its own, at the time of its scan, whatever was seen then.
    async again(row) {
      const { by: _who, turn: _turn, act: { seen: _seen, ...act }, to, shown, line, tube, box } = row;
      await workOff(row, { by, act: { ...act, op_id: crypto.randomUUID() }, to, shown, line, tube, box });
      await drain();
    },
    // What was done instead is the service's to know: an act of whoever says it.
    async doneByHand(row, reason) {
      const { type, barcode, where } = shownOf(row);
      const told = { barcode, type, where, refused: row.code, by: row.by, scanned_at: row.act.occurred_at, reason };
      await workOff(row, { by, act: made(told), to: BY_HAND, shown: { type: "done_by_hand", barcode, where: reason } });
      await drain();
    },
  };
}

// What an entry is called where a person reads of it.
export function shownOf({ act, shown, box }) {
  return shown ?? { type: act.type, barcode: act.barcode, where: [box ?? act.container, act.position].filter(Boolean).join(" · ") };
}

function together(entries) {
  const other = entries.findIndex((entry) => entry.to);
  return entries.slice(0, other === 0 ? 1 : Math.min(AT_ONCE, other < 0 ? AT_ONCE : other));
}

async function send(entries, token) {
  const [{ to, act }] = entries;
  const said = await post(to ?? ACTS, to ? act : { acts: entries.map((entry) => entry.act) }, token);
  if (!to || said.network) return said;
  return { results: [{ ...said, op_id: act.op_id, status: said.refused ? "refused" : "recorded" }] };
}

async function post(address, body, token) {
  try {
    const answer = await fetch(address, {
      method: "POST",
      redirect: "manual",
      body: JSON.stringify(body),
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-Form-Token": token },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.type === "opaqueredirect") return { network: "signed-out" };
    if (answer.status >= 500 || answer.status === 429) return { network: "offline" };
    const said = await answer.json();
    if (!answer.ok && (address === ACTS || OTHER_SESSION.has(said.code))) return { network: "page-too-old" };
    performance.mark(ANSWERED);
    return { ...said, refused: !answer.ok };
  } catch {
    return { network: "offline" };
  }
}
