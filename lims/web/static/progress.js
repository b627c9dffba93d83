// A page of work that takes a while: looks how far it is, and becomes the report when it is done.
const EVERY_MS = 700;
const here = document.querySelector("[data-progress]");
const lost = document.querySelector("[data-lost]");

async function look() {
  let answer;
  try {
    answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.status >= 500) throw new Error(String(answer.status));
  } catch {
    lost.hidden = false;
    return setTimeout(look, 4 * EVERY_MS);
  }
  lost.hidden = true;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const there = page.querySelector("[data-progress]");
  if (there?.dataset.progress !== here.dataset.progress) return location.reload();
  show(there);
  setTimeout(look, EVERY_MS);
}

// The bar itself stays, so that it moves and does not blink, and is read out once.
function show(there) {
  const bar = here.querySelector("progress"), now = there.querySelector("progress");
  for (const name of ["max", "value"]) if (now.hasAttribute(name)) bar.setAttribute(name, now.getAttribute(name));
  here.querySelector("h1").textContent = there.querySelector("h1").textContent;
  here.querySelector(".figs").replaceChildren(...there.querySelector(".figs").childNodes);
}

setTimeout(look, EVERY_MS);
