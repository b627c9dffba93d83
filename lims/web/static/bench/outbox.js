// Acts on their way to the service. Each has its own id and is on this device's disk before it is sent; they go in the order they were
// done, from one tab at a time, and a repeat is answered with the first answer: twice sent is once done. An act belongs to the person who
// did it and is sent as nobody else. `enqueue(act)` promises what became of it: {status, outcome, …}; {kept: true} where it waits here.
import { addWaiting, doAgain, listRefused, listWaiting, putRefused, settle } from "./store.js";
import { ANSWERED } from "./server.js";

const LOCK = "bench-outbox";
const AT_ONCE = 20;
const AGAIN_MS = 5000;
const PATIENCE_MS = 20_000;
const WORKED_OFF_AT_MOST = 100;
const COUNT = "bench-waiting"; // for every other page's top bar

export function makeOutbox({ token, by, behindMs, changed, answered }) {
  const news = new BroadcastChannel(LOCK);
  const telling = new Map();
  const standing = { network: "online", mine: 0, others: [], refused: [], workedOff: [] };
  let sending = null;
  let wanted = false;

  async function count() {
    const [waiting, refused] = [await listWaiting(), await listRefused()];
    standing.mine = waiting.filter((entry) => entry.by === by).length;
    standing.others = [...Map.groupBy(waiting.filter((entry) => entry.by !== by), (entry) => entry.by)].map(([who, acts]) => [who, acts.length]);
    standing.refused = refused.filter((row) => !row.settled);
    standing.workedOff = refused.filter((row) => row.settled).slice(-WORKED_OFF_AT_MOST);
    localStorage.setItem(COUNT, String(waiting.length + standing.refused.length));
    changed(standing);
  }

  function hear(results) {
    for (const said of results) {
      telling.get(said.op_id)?.(said);
      telling.delete(said.op_id);
      answered(said);
    }
  }

  // Whoever waits for an answer is told that the act is kept: work goes on.
  function letGo() {
    for (const tell of telling.values()) tell({ kept: true });
    telling.clear();
  }

  async function sendAll() {
    for (;;) {
      const mine = (await listWaiting()).filter((entry) => entry.by === by).slice(0, AT_ONCE);
      if (!mine.length) break;
      const said = await post(mine.map((entry) => entry.act), token);
      if (!said.results) { standing.network = said.network; letGo(); break; }
      standing.network = "online";
      const refused = mine.map((entry, at) => ({ entry, said: said.results[at] })).filter(({ said: one }) => one.status === "refused");
      const untold = refused.filter(({ entry }) => !telling.has(entry.act.op_id));
      hear(said.results);
      await settle(mine.map((entry) => entry.turn), untold.map(({ entry, said: one }) => ({ ...entry, ...one, op_id: entry.act.op_id })));
      news.postMessage(said.results);
    }
    await count();
  }

  function drain() {
    wanted = true;
    sending ??= (async () => {
      while (wanted) { wanted = false; await navigator.locks.request(LOCK, sendAll); }
    })().finally(() => { sending = null; });
    return sending;
  }

  const whenever = () => { if (standing.mine || standing.network !== "online") drain(); };

  news.onmessage = (event) => { hear(event.data); count(); };
  addEventListener("online", drain);
  addEventListener("offline", () => { standing.network = "offline"; changed(standing); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) drain(); });
  setInterval(whenever, AGAIN_MS);
  if (!navigator.onLine) standing.network = "offline";

  return {
    standing,
    drain,
    async enqueue(act, about = {}) {
      const whole = { op_id: crypto.randomUUID(), occurred_at: new Date(Date.now() + behindMs).toISOString(), ...act };
      const becomes = new Promise((resolve) => { telling.set(whole.op_id, resolve); });
      await addWaiting({ by, act: whole, ...about });
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
    // What was refused, done again as it was: under an id of its own, at the time of its scan, whatever was seen then.
    async again(row) {
      const { seen, ...act } = row.act;
      const whole = { ...act, op_id: crypto.randomUUID() };
      await doAgain({ ...row, settled: { at: Date.now(), by, again: whole.op_id } }, { by, act: whole, box: row.box });
      await drain();
    },
    async doneByHand(row, reason) {
      await putRefused({ ...row, settled: { at: Date.now(), by, reason } });
      await count();
    },
  };
}

async function post(acts, token) {
  let answer;
  try {
    answer = await fetch("/bench/acts", {
      method: "POST",
      redirect: "manual",
      body: JSON.stringify({ acts }),
      headers: { Accept: "application/json", "Content-Type": "application/json", "X-Form-Token": token },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.type === "opaqueredirect") return { network: "signed-out" };
    if (answer.status >= 500 || answer.status === 429) return { network: "offline" };
    if (!answer.ok) return { network: "page-too-old" };
    const said = await answer.json();
    performance.mark(ANSWERED);
    return said;
  } catch {
    return { network: "offline" };
  }
}
