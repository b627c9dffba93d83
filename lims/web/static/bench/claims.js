// Boxes this device fills: of these, and of no others, it chooses the next hole where there is no network.
import { post, thisDevice } from "./device.js";

const CLAIMS = "bench-claims";
const MARGIN_MS = 60_000;

export function makeClaims({ token, by, behindMs }) {
  const read = () => JSON.parse(localStorage.getItem(CLAIMS) ?? "{}");
  const write = (claims) => localStorage.setItem(CLAIMS, JSON.stringify(claims));

  function keep(container, said) {
    if (said?.until) write({ ...read(), [container]: { by, until: said.until } });
    return said;
  }

  function drop(container) {
    const { [container]: _left, ...others } = read();
    write(others);
  }

  return {
    device: thisDevice(),
    holds(container) {
      const claim = read()[container];
      return claim?.by === by && claim.until - MARGIN_MS > Date.now() + behindMs;
    },
    // Nothing where it is this device's to fill; else what is to be said, null where nobody answers.
    async take(container) {
      return keep(container, await post("/bench/claims", token, { container }));
    },
    async takeOver(container, reason) {
      return keep(container, await post("/bench/claims/take-over", token, { container, reason }));
    },
    // Another fills it by now.
    drop,
    async leaveAllBut(container) {
      for (const [code, claim] of Object.entries(read())) {
        if (code === container || claim.by !== by) continue;
        if (!(await post("/bench/claims/leave", token, { container: code }))) return;
        drop(code);
      }
    },
  };
}
