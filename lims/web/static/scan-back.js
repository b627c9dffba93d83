// Scan after scan without loading the page anew: the answer's own page is put in place of this one, and its outcome is heard.
import { play } from "./sound.js";

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-scan-back] form.scan");
  if (!form) return;
  event.preventDefault();
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } }).catch(() => null);
  const fresh = answer && new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  if (!fresh?.querySelector("[data-scan-back]")) { form.submit(); return; }
  history.replaceState(null, "", answer.redirected ? answer.url : location.href);
  document.querySelector("main").replaceWith(document.adoptNode(fresh));
  document.querySelector("#scanned:not(:disabled)")?.focus();
  play(document.querySelector(".notes .banner, .banner.proven")?.dataset.outcome);
});
