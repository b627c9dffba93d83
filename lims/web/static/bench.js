// The bench page: scans and cards go to the work on hand, and what each came to is shown, heard and said.
import "./frame.js";
import { clean, onKeyAlone, takeScans } from "./scanner.js";
import { readCable } from "./bench/cable.js";
import { makeCamera } from "./bench/camera.js";
import { beginSession } from "./bench/session.js";
import { look } from "./bench/look.js";
import { audit } from "./bench/audit.js";
import { move } from "./bench/move.js";
import { pick } from "./bench/pick.js";
import { putAway } from "./bench/put-away.js";
import { rebox } from "./bench/rebox.js";
import { takeOut } from "./bench/take-out.js";

const LATEST_MS = 500;
const place = document.querySelector("[data-bench]");
// What keeps scans from being lost, a browser gives to a secure address alone.
if (!isSecureContext) {
  for (const part of document.querySelectorAll(".bench .scan, .bench aside, .queue")) part.hidden = true;
  place.querySelector("[data-part=outcome]").replaceChildren(place.querySelector("[data-part=insecure]").content);
  throw new Error("The bench needs https");
}
const session = beginSession(place, [look, putAway, takeOut, move, pick, audit, rebox]);
const field = document.querySelector("#scan");

onKeyAlone("u", () => session.hear("LIMS.UNDO."));
onKeyAlone("/", typeCode);

// A code that cannot be scanned is typed: until then the field is read only, so that no keyboard comes up and no input method joins in.
function typeCode() {
  field.readOnly = false;
  field.inputMode = "text";
  field.value = "";
  field.focus();
}

function stopTyping() {
  field.readOnly = true;
  field.inputMode = "none";
}

place.querySelector("[data-types]").addEventListener("click", typeCode);
field.addEventListener("keydown", (event) => { if (event.key === "Escape") stopTyping(); });
field.addEventListener("blur", stopTyping);
field.form.addEventListener("submit", (event) => {
  event.preventDefault();
  delete field.form.dataset.sent;
  const code = field.value.trim();
  const typed = !field.readOnly;
  stopTyping();
  if (typed && code) session.hear(code);
});

// Where no scanner is at hand: the camera, or a scanner on a cable. Their scans are scans like any other.
const video = place.querySelector("video");
const [withCamera, withCable] = [place.querySelector("[data-camera]"), place.querySelector("[data-cable]")];
const heard = (code) => session.hear(clean(code));
const camera = makeCamera(video, { script: withCamera.dataset.script, wasm: withCamera.dataset.wasm }, {
  heard,
  failed: () => session.tell("no-camera"),
  changed: (on) => { video.hidden = !on; withCamera.setAttribute("aria-pressed", String(on)); },
});
withCamera.hidden = !navigator.mediaDevices;
withCamera.addEventListener("click", () => camera.toggle());
withCable.hidden = !("serial" in navigator);
withCable.addEventListener("click", () => readCable({ heard, failed: () => session.tell("no-cable") }));

// A card on the screen does what the printed one does; after a touch the page listens again as before.
document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-card]");
  if (card) session.hear(`LIMS.${card.dataset.card}.`);
  if (event.detail > 0 && !event.target.closest("input, a, summary, [data-types], .sheet")) field.focus({ preventScroll: true });
});
// A page kept by the browser does not know with what it was asked for.
const asked = "kept" in place.dataset ? Object.fromEntries(new URLSearchParams(location.search)) : place.dataset;
// The cards and lists beside it cost a slow tablet time to lay out: first it hears, but nobody waits for them for long.
const showAll = () => { place.dataset.whole = "yes"; };
setTimeout(showAll, LATEST_MS);
session.open(asked.do, asked.code)
  .then(() => performance.mark("bench:ready")) // from here on the first scan is answered at once; what is for later comes later
  .finally(showAll)
  .finally(() => navigator.serviceWorker?.register(place.dataset.worker, { scope: "/bench" }));
// Last of all: what was scanned before this page could hear it is heard now, in its turn.
takeScans((code) => { session.hear(code); return true; }, (code) => session.hearAgain(code));
