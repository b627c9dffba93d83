// What the page asks the service, and when its answer came. Nothing at all (null) where there is no network.
export const ANSWERED = "bench:answered";
const PATIENCE_MS = 8000;

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

const TRIES = 3;
const PAUSE_MS = 400;

// Something to be done once: under one id however often it is sent. Null where the service cannot be reached.
export async function post(address, body, token) {
  const whole = JSON.stringify({ op_id: crypto.randomUUID(), ...body });
  for (let attempt = 1; ; attempt += 1) {
    const said = await ask(address, { method: "POST", body: whole, headers: { "Content-Type": "application/json", "X-Form-Token": token } });
    if (said || attempt === TRIES) return said;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
  }
}

// Whether the service answers at all.
export const isThere = async () => (await ask("/healthz", { cache: "no-store" })) !== null;

export const lookUp = (code) => ask(`/bench/scans/${encodeURIComponent(code)}`);

// Nothing new is said of what stands as it did under its etag.
export const askAgain = (address, etag) => ask(address, etag ? { headers: { "If-None-Match": etag } } : {});
