// A job's page while it is printed: the part that changes is asked for each second; when it has come to rest, the page is shown anew.
const EVERY_MS = 1000;
const LEAVE_AFTER = 1800; // askings in a row that brought nothing new: nobody is looking, and the session may end

for (const place of document.querySelectorAll("[data-polls]")) watch(place);

function watch(place) {
  const standing = () => place.querySelector("#standing");
  const began = standing().dataset.state;
  if (standing().dataset.moves !== "yes") return;
  let unchanged = 0;
  const ask = async () => {
    if (!document.hidden) {
      const answer = await fetch(place.dataset.polls, { headers: { Accept: "text/html" } }).catch(() => null);
      const changed = answer?.ok && !answer.redirected && show(place, await answer.text());
      unchanged = changed ? 0 : unchanged + 1;
    }
    if (unchanged > LEAVE_AFTER) return;
    const now = standing().dataset;
    if (now.moves === "yes" && now.state === began) setTimeout(ask, EVERY_MS);
    else if (!document.activeElement?.matches("input:not([type=radio]), textarea")) location.reload();
    else if (now.moves === "yes") setTimeout(ask, EVERY_MS);
  };
  setTimeout(ask, EVERY_MS);
}

function show(place, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("#standing");
  const shown = place.querySelector("#standing");
  if (!fresh || fresh.outerHTML === shown.outerHTML) return false;
  const focused = shown.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  shown.replaceWith(document.adoptNode(fresh));
  if (focused) place.querySelector(`#standing a[href="${focused}"]`)?.focus();
  return true;
}

// A file that is fetched leads to no other page: its button may be used again.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-fetches]")) return;
  setTimeout(() => {
    delete event.target.dataset.sent;
    event.target.querySelector("button").removeAttribute("aria-disabled");
  }, 3 * EVERY_MS);
});
