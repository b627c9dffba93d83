// What every page does besides showing itself: hear the scanner, keep forms from being sent twice, open and close menus.
import { listen, onKeyAlone } from "./scanner.js";
import { guardForms } from "./forms.js";
import { walkMaps } from "./map.js";

listen(document);
guardForms(document);
walkMaps(document);

// Scans that wait on this device, or were refused, are counted on every page until somebody has seen to them.
const waiting = document.querySelector("[data-kept-scans]");
const count = Number(localStorage.getItem("bench-waiting"));
if (waiting && count) {
  waiting.querySelector("b").textContent = String(count);
  waiting.hidden = false;
}

// Whoever is signed out has no bench on this device. What they did and was not sent stays theirs, and is sent when they sign in again.
const forget = async () => { for (const name of await caches.keys()) if (name.startsWith("bench-")) await (await caches.open(name)).delete("/bench"); };
if ("caches" in window) {
  if (document.querySelector("form[action='/sign-in']")) forget();
  for (const form of document.querySelectorAll("form[action='/sign-out']")) form.addEventListener("submit", forget);
}

const menus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of menus()) menu.open = false;
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "/" && !typing && !event.defaultPrevented) {
    event.preventDefault();
    document.querySelector("#scan")?.focus();
  }
});

onKeyAlone("?", () => location.assign("/bench-sheet"));
onKeyAlone("u", () => document.querySelector(".toast form")?.requestSubmit());

for (const toast of document.querySelectorAll(".toast[data-brief]")) setTimeout(() => toast.remove(), 10_000);
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
