// What stands beside the map: how long a tube is out, and what is to be sorted out.
import { element, icon } from "./elements.js";

const MINUTE_S = 60;

export function lasting(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / MINUTE_S)}:${String(seconds % MINUTE_S).padStart(2, "0")}`;
}

export function showOrders(place, orders) {
  place.hidden = !orders.length;
  place.querySelector("ul").replaceChildren(...orders.map(({ outcome, what, do: say }) => element("li", { class: "stack" }, [
    element("span", {}, [element("span", { class: "tag", "data-outcome": outcome }, [icon(outcome), what])]),
    element("b", {}, [say]),
  ])));
}
