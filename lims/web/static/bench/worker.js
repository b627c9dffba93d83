// The bench page without a network. The server writes VERSION and FILES above: the hash of all files, and which of them the page needs.
// The page itself is asked for first, so that a new one, or a sign-in page, is seen at once; the one kept is for when nobody answers.
const KEPT = `bench-${VERSION}`;
const PAGE = "/bench";

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(dropOld().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== "GET") return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(page(request));
  else if (FILES.includes(pathname)) event.respondWith(file(request));
});

async function fill() {
  const kept = await caches.open(KEPT);
  await kept.addAll(FILES);
  await keep(await fetch(PAGE, { redirect: "manual" }));
}

async function dropOld() {
  for (const name of await caches.keys()) if (name.startsWith("bench-") && name !== KEPT) await caches.delete(name);
}

async function page(request) {
  try {
    const answer = await fetch(request);
    if (answer.status < 500) await keep(answer.clone());
    return answer;
  } catch {
    return (await (await caches.open(KEPT)).match(PAGE)) ?? Response.error();
  }
}

// Whoever is led to sign in has no bench; a page of other files than these is left to the next worker.
async function keep(answer) {
  const kept = await caches.open(KEPT);
  if (answer.type === "opaqueredirect" || !answer.ok) { await kept.delete(PAGE); return; }
  const text = await answer.text();
  if (!text.includes(VERSION)) return;
  const headers = { "Content-Type": "text/html; charset=utf-8" };
  const policy = answer.headers.get("Content-Security-Policy");
  if (policy) headers["Content-Security-Policy"] = policy;
  await kept.put(PAGE, new Response(text.replace("data-bench ", "data-bench data-kept "), { headers }));
}

async function file(request) {
  return (await (await caches.open(KEPT)).match(request)) ?? fetch(request);
}
