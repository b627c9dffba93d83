// Boxes this device fills: of these, and of no others, it chooses the next hole where there is no network.
import { ask } from "./server.js";

const CLAIMS = "bench-claims";
const DEVICE = "bench-device";
const MARGIN_MS = 60_000;

export function makeClaims({ token, by, behindMs }) {
  const read = () => JSON.parse(localStorage.getItem(CLAIMS) ?? "{}");
  const write = (claims) => localStorage.setItem(CLAIMS, JSON.stringify(claims));

  function post(address, container) {
    const headers = { "Content-Type": "application/json", "X-Form-Token": token };
    return ask(address, { method: "POST", headers, body: JSON.stringify({ container, device: thisDevice() }) });
  }

  return {
    device: thisDevice(),
    holds(container) {
      const claim = read()[container];
      return claim?.by === by && claim.until - MARGIN_MS > Date.now() + behindMs;
    },
    // Nothing where it is this device's to fill; else what is to be said, null where nobody answers.
    async take(container) {
      const said = await post("/bench/claims", container);
      if (said?.until) write({ ...read(), [container]: { by, until: said.until } });
      return said;
    },
    async leaveAllBut(container) {
      for (const [code, claim] of Object.entries(read())) {
        if (code === container || claim.by !== by) continue;
        if (!(await post("/bench/claims/leave", code))) return;
        const { [code]: _left, ...others } = read();
        write(others);
      }
    },
  };
}

function thisDevice() {
  if (!localStorage.getItem(DEVICE)) localStorage.setItem(DEVICE, `tablet-${crypto.randomUUID().slice(0, 8)}`);
  return localStorage.getItem(DEVICE);
}
