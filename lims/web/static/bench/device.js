// This device: what it calls itself, and the name people gave it.
import { ask, askAgain } from "./server.js";

const DEVICE = "bench-device";
const NAME = "bench-device-name";

export function thisDevice() {
  if (!localStorage.getItem(DEVICE)) localStorage.setItem(DEVICE, `tablet-${crypto.randomUUID().slice(0, 8)}`);
  return localStorage.getItem(DEVICE);
}

// The form by which it is given a name; what came of it is told.
export function nameable(form, token, tell) {
  const field = form.elements.name;
  field.value = localStorage.getItem(NAME) ?? "";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const said = await post("/bench/device", token, { name: field.value });
    if (said?.name) {
      localStorage.setItem(NAME, said.name);
      field.value = said.name;
      field.blur();
    }
    tell(said?.outcome);
  });
}

// What the service says of a box depends on who asks: another's to fill or not.
export const fetchBox = (code, etag) => askAgain(`/bench/boxes/${encodeURIComponent(code)}?device=${thisDevice()}`, etag);

export function post(address, token, body) {
  const headers = { "Content-Type": "application/json", "X-Form-Token": token };
  return ask(address, { method: "POST", headers, body: JSON.stringify({ device: thisDevice(), ...body }) });
}
