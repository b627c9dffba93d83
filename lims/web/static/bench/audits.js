// Audits as this device knows them: how the service told each last, and, where scans wait here, how it stands after those. What a scan
// means beyond "here" is the service's to say.
import { dropAudit, findAudit, keepAudit, listWaiting } from "./store.js";

export const addressOf = (code) => `/bench/audits/${encodeURIComponent(code)}`;

export async function learn(audit) {
  if (audit.state === "open") await keepAudit({ box: audit.box.code, audit });
  else await dropAudit(audit.box.code);
}

// The open audit of a box; nothing where it was never loaded here.
export async function recallAudit(box, words) {
  const kept = await findAudit(box);
  if (!kept) return null;
  const audit = structuredClone(kept.audit);
  for (const { to, tube, act } of await listWaiting()) if (to === `${addressOf(audit.code)}/scans`) see(audit, tube, act.position);
  const far = words.sentence("audit-far", { scanned: audit.scanned, left: audit.to_scan });
  return { ...audit, far, next: audit.box.holes.find(({ state }) => state === "unseen")?.position ?? null };
}

// Whether the tube was still to be scanned, so far as this device knows.
export const isUnseen = (box, tube) => Boolean(holeOf(box, tube));

function see(audit, tube, position) {
  const hole = holeOf(audit.box, tube);
  if (!hole) return;
  const here = !position || position === hole.position;
  Object.assign(hole, here ? { state: "here", mark: "ok" } : { state: "wrong" });
  delete hole.said;
  audit.to_scan -= 1;
  audit.scanned += 1;
}

function holeOf(box, tube) {
  return box.holes.find((hole) => hole.state === "unseen" && hole.tube?.barcode === tube);
}
