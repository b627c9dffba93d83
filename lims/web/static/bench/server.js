// What the page asks the service, and when its answer came. Nothing at all (null) where there is no network.
export const ANSWERED = "bench:answered";
const PATIENCE_MS = 15_000;

export async function ask(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS), ...options, headers: { Accept: "application/json", ...options.headers } });
    if (answer.type === "opaqueredirect") return { signedOut: true };
    if (answer.status === 304) return { unchanged: true };
    if (answer.status >= 500) return null;
    const said = { ...(await answer.json()), etag: answer.headers.get("ETag") };
    performance.mark(ANSWERED);
    return said;
  } catch {
    return null;
  }
}

export const lookUp = (code) => ask(`/bench/scans/${encodeURIComponent(code)}`);

export const fetchBox = (code, etag) => ask(`/bench/boxes/${encodeURIComponent(code)}`, etag ? { headers: { "If-None-Match": etag } } : {});
