// Acts on their way to the service: each has its own id before it is sent, they go in the order they were done, and a repeat is answered
// with the first answer. `enqueue(act)` promises what became of it: {status, outcome, …}, or null where there was no network.
import { ask } from "./server.js";

const TRIES = 3;
const PAUSE_MS = 400;

export function makeOutbox({ token, behindMs }) {
  let last = Promise.resolve();

  async function send(act) {
    const body = JSON.stringify({ acts: [act] });
    for (let attempt = 1; ; attempt += 1) {
      const said = await ask("/bench/acts", { method: "POST", body, headers: { "Content-Type": "application/json", "X-Form-Token": token } });
      if (said?.signedOut) return said;
      if (said?.results) return said.results[0];
      if (said) return { status: "refused", ...said };
      if (attempt === TRIES) return null;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }

  return {
    enqueue(act) {
      const whole = { op_id: crypto.randomUUID(), occurred_at: new Date(Date.now() + behindMs).toISOString(), ...act };
      const result = last.then(() => send(whole));
      last = result.catch(() => null);
      return result;
    },
  };
}
