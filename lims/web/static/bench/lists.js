// Pick lists as this device knows them: how the service told each last, with every tube it wants; and, where acts wait here, how it stands
// after those.
import { nameOf } from "./elements.js";
import { dropList, findList, keepList, listWaiting } from "./store.js";

const BECOMES = { picks: "picked", "not-found": "not-found" };

export const addressOf = (code) => `/bench/pick-lists/${encodeURIComponent(code)}`;

// What the service said of a list, and of its tubes where they were asked for too. A list that is over is not kept.
export async function learn(list, tubes) {
  if (list.state !== "open") { await dropList(list.code); return; }
  const known = tubes ?? (await findList(list.code))?.tubes;
  if (known) await keepList({ code: list.code, list, tubes: known });
}

// Nothing where it was never loaded here.
export async function recallList(code, words) {
  const kept = await findList(code);
  if (!kept) return null;
  const address = addressOf(code);
  const lines = new Map(kept.list.lines.map((each) => [each.line, { ...each }]));
  let { state } = kept.list;
  for (const { to, line, act } of await listWaiting()) {
    if (!to?.startsWith(`${address}/`)) continue;
    const verb = to.slice(address.length + 1);
    if (verb === "done") state = "done";
    if (lines.has(line)) Object.assign(lines.get(line), { state: BECOMES[verb], picked_ms: Date.parse(act.occurred_at) });
  }
  return standing({ ...kept.list, state, lines: [...lines.values()] }, kept.tubes, words);
}

function standing(list, tubes, words) {
  const stateOf = new Map(list.lines.map(({ line, state }) => [line, state]));
  const picked = list.lines.filter(({ state }) => state === "picked");
  const next = tubes.find(({ line }) => stateOf.get(line) === "wanted") ?? null;
  const far = words.sentence("pick-far", { picked: picked.length, total: list.total });
  return { ...list, picked: picked.length, far, next, out_since_ms: outSince(next, picked, tubes) };
}

// When the first tube left the freezer one stands before: that of the next tube, or of the last one taken.
function outSince(next, picked, tubes) {
  const storeOf = new Map(tubes.map(({ line, store }) => [line, store]));
  const last = picked.reduce((latest, each) => (each.picked_ms > (latest?.picked_ms ?? 0) ? each : latest), null);
  const store = next?.store ?? storeOf.get(last?.line);
  const times = picked.filter(({ line, picked_ms: at }) => at && storeOf.get(line) === store).map((each) => each.picked_ms);
  return times.length ? Math.min(...times) : null;
}

// The tube somebody with a wrong one in the hand was probably after: the likest, in the same box if there is one, or the next.
export async function meantBy(tube, list) {
  const wanted = new Set(list.lines.filter(({ state }) => state === "wanted").map(({ line }) => line));
  const tubes = (await findList(list.code))?.tubes.filter(({ line }) => wanted.has(line)) ?? [];
  const nearness = (each) => likeness(tube, each.tube) * 2 + Number(each.container === tube.place?.container);
  return tubes.reduce((best, each) => (best && nearness(best) >= nearness(each) ? best : each), null);
}

function likeness(tube, other) {
  if (tube.participant !== other.participant) return 0;
  return 4 + 2 * Number(tube.type === other.type) + Number(tube.timepoint === other.timepoint);
}

// The two beside each other, row by row; of a tube this device knows nothing of, its code alone.
export function compared(tube, meant, words) {
  const of = (name) => words.sentence(`compare-${name}`);
  const hole = (name, position) => [name, position].filter(Boolean).join(" · ") || "–";
  const rows = [
    { what: of("participant"), wants: meant.tube.participant, has: tube.participant },
    { what: of("timepoint"), wants: meant.tube.timepoint, has: tube.timepoint },
    { what: of("kind"), wants: meant.tube.type_word, has: tube.type_word },
    { what: of("hole"), wants: hole(meant.name, meant.position), has: hole(tube.place?.name, tube.place?.position) },
    { what: of("code"), wants: meant.tube.barcode, has: tube.barcode },
  ];
  return { heads: [of("wants"), of("has"), of("same"), of("differs")], rows: tube.type ? rows : rows.slice(-1) };
}

export const whereNext = ({ next }, words) => (next ? words.sentence("pick-next", { name: nameOf(next.tube), where: next.where }) : words.sentence("pick-last"));
