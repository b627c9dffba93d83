// A keyboard-wedge scanner types like a very fast person. A burst is a scan when the median gap between its keys is under 35 ms,
// no gap is over 400 ms, and it ends in Enter or Tab; anything else is typing and stays where it was typed.
const MEDIAN_MS = 35;
const LONGEST_MS = 400;
const FEWEST = 3;
const LONGEST_CODE = 64;
const AGAIN_MS = 1500;

export function isBurst(times) {
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  if (gaps.length < FEWEST || Math.max(...gaps) > LONGEST_MS) return false;
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] < MEDIAN_MS;
}

export function listen(page) {
  let keys = [];
  let before = null;
  let last = { code: "", at: 0 };

  const forget = () => { keys = []; before = null; };
  const remember = () => {
    const field = page.activeElement;
    before = field && "value" in field && field.type !== "submit" && field.type !== "button" ? { field, value: field.value } : null;
  };

  page.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    const now = event.timeStamp;
    if (keys.length && now - keys.at(-1).time > LONGEST_MS) forget();
    if (event.key.length === 1) {
      if (!keys.length) remember();
      if (keys.length < LONGEST_CODE) keys.push({ key: event.key, time: now });
      return;
    }
    if (event.key !== "Enter" && event.key !== "Tab") { if (event.key !== "Shift") forget(); return; }
    const heard = keys.length && isBurst([...keys.map((key) => key.time), now]);
    const code = keys.map((key) => key.key).join("").trim();
    const typedInto = before;
    forget();
    if (!heard || !code) return;
    if (typedInto?.field.matches("[data-takes-code]:not([data-waits-for-code])")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (typedInto) typedInto.field.value = typedInto.value;
    if (code === last.code && now - last.at < AGAIN_MS) return;
    last = { code, at: now };
    take(page, code);
  }, true);
}

// The page may have a field that waits for a code (a box being filled); else the scan box takes it.
function take(page, code) {
  const waiting = page.querySelector("[data-waits-for-code]");
  const field = waiting ?? page.querySelector("#scan");
  if (!field) return;
  field.value = code;
  field.closest(".scan-s, .scan")?.setAttribute("data-read", "yes");
  field.form.requestSubmit();
}
