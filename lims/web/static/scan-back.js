// Scan after scan without loading the page anew: the answer's own page is put in place of this one, and its outcome is heard.
const TONES = { ok: [[1320, 90]], warn: [[880, 90], [880, 90]], stop: [[220, 180], [220, 180]] };
const PAUSE_MS = 60;
let sound = null;

// A browser lets a page sound once somebody has touched it, or a scanner has typed.
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => { sound ??= new AudioContext(); }, { once: true });

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

function play(outcome) {
  let at = sound?.currentTime ?? 0;
  for (const [hertz, ms] of (sound && TONES[outcome]) || []) {
    const tone = sound.createOscillator();
    const loudness = sound.createGain();
    tone.frequency.value = hertz;
    loudness.gain.value = 0.2;
    tone.connect(loudness).connect(sound.destination);
    tone.start(at);
    tone.stop(at + ms / 1000);
    at += (ms + PAUSE_MS) / 1000;
  }
}
