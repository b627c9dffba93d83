// Boxes this device fills: of these, and of no others, it chooses the next hole where there is no network. Each of its windows that fills a
// box holds a share of that box's lock, which the browser takes from a window that is gone: nobody ends a claim while a share of it is held.
import { post, thisDevice } from "./device.js";

const CLAIMS = "bench-claims";
const MARGIN_MS = 60_000;
const lockOf = (container) => `bench-fills ${container}`;

export function makeClaims({ token, by, behindMs }) {
  const read = () => JSON.parse(localStorage.getItem(CLAIMS) ?? "{}");
  const write = (claims) => localStorage.setItem(CLAIMS, JSON.stringify(claims));
  let filled = { container: null };

  function keep(container, said) {
    if (said?.until) write({ ...read(), [container]: { by, until: said.until } });
    return said;
  }

  function drop(container) {
    const { [container]: claim, ...others } = read();
    if (claim?.by === by) write(others);
  }

  async function leaveFree(container, free) {
    if (!free) return true;
    const said = await post("/bench/claims/leave", token, { container });
    if (said) drop(container);
    return said !== null;
  }

  return {
    device: thisDevice(),
    // The box that this window fills, and no other; none: it fills none.
    async fill(container) {
      if (filled.container !== container) {
        filled.leave?.();
        filled = { container, ...(container && share(lockOf(container))) };
      }
      await filled.begun;
    },
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
    // Boxes that no window of this device fills any more are left to others.
    async leave() {
      for (const [code, claim] of Object.entries(read())) {
        if (claim.by !== by) continue;
        if (!(await navigator.locks.request(lockOf(code), { ifAvailable: true }, (free) => leaveFree(code, free)))) return;
      }
    },
  };
}

// A share of a lock: when it is had, and how it is given back.
function share(name) {
  const [had, left] = [Promise.withResolvers(), Promise.withResolvers()];
  navigator.locks.request(name, { mode: "shared" }, () => { had.resolve(); return left.promise; });
  return { begun: had.promise, leave: left.resolve };
}
