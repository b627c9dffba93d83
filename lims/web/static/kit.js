// Collecting from a kit: a scanned tube is ticked in its line. The code of a later copy is the tube's own and one character more.
import { play } from "./sound.js";

const form = document.querySelector("[data-kit-scan]");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  delete form.dataset.sent;
  const field = form.querySelector("input");
  const read = field.value.toUpperCase().replace(/^\][A-Z][0-9A-Z]/, "").replaceAll(" ", "").trim();
  field.value = "";
  field.focus();
  if (read) tick(read);
});

function tick(read) {
  const row = line(read) ?? line(read.slice(0, -1));
  const box = row?.querySelector("input.tick");
  const counts = !sayIfVoid(read);
  const said = form.querySelector("[data-kit-said]");
  said.textContent = box ? row.querySelector("th").textContent : `${read}: ${form.dataset.notOfKit}`;
  play(!box ? "stop" : box.checked || !counts ? "warn" : "ok");
  if (!box) return;
  box.checked = true;
  row.scrollIntoView({ block: "nearest" });
}

// The label that was read may count no more: its tube is ticked all the same, and the page says which label counts.
function sayIfVoid(read) {
  for (const note of document.querySelectorAll("[data-void-label]")) note.hidden = note.dataset.voidLabel !== read;
  return document.querySelector("[data-void-label]:not([hidden])");
}

function line(code) {
  return document.querySelector(`tr[data-code="${CSS.escape(code)}"]`);
}
