// A keyboard-wedge scanner types like a very fast person. A burst of keys is a scan when the median gap between them is under 35 ms,
// no gap is over 400 ms, it ends in Enter or Tab and fits a code's form; anything else is typing and stays where it was typed.
// Of a scan the physical keys count, as on the US keyboard it is set to: on a French or German keyboard the letters would be others.
const MEDIAN_MS = 35;
const LONGEST_MS = 400;
const FEWEST = 3;
const LONGEST_CODE = 64;
const AGAIN_MS = 1500;
const TAIL_MS = 150; // a second Enter or line feed of the same scan
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"; // of our own codes: lims/ids.py
const US = {
  Backquote: "`~", Minus: "-_", Equal: "=+", BracketLeft: "[{", BracketRight: "]}", Backslash: "\\|", Semicolon: ";:", Quote: "'\"",
  Comma: ",<", Period: ".>", Slash: "/?", Space: "  ", NumpadAdd: "++", NumpadSubtract: "--", NumpadMultiply: "**", NumpadDivide: "//",
  NumpadDecimal: "..",
};
const SHIFTED = ")!@#$%^&*(";

let taker = null;
let toldAgain = () => {};
const alone = new Map();

// A page that does its own work with scans takes them; what it does not answer with true goes on to the scan box. Keys that came before
// (early.js) come once more, as they were and with the times they had.
export function takeScans(take, again = () => {}) {
  [taker, toldAgain] = [take, again];
  const before = window.keysBefore ?? [];
  window.keysBefore = null;
  for (const event of before) event.target.dispatchEvent(event);
}

// A key that means something by itself: only when no other follows it, for it may be the first of a code.
export function onKeyAlone(key, act) { alone.set(key, act); }

export function isBurst(times) {
  const gaps = times.slice(1).map((time, i) => time - times[i]);
  if (gaps.length < FEWEST || Math.max(...gaps) > LONGEST_MS) return false;
  return gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)] < MEDIAN_MS;
}

// The character on the US keyboard's cap; nothing for a key that types none.
export function physical({ code, shiftKey }) {
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^Digit\d$/.test(code)) return shiftKey ? SHIFTED[code[5]] : code[5];
  if (/^Numpad\d$/.test(code)) return code[6];
  return US[code]?.[shiftKey ? 1 : 0];
}

export function clean(read) {
  return [...read].filter((one) => one >= " " && one <= "~").join("").replace(/^\][A-Za-z][0-9A-Za-z]/, "").trim();
}

// Whether a code of ours has the check character it must have.
export function isSound(code) {
  const whole = code.toUpperCase().replaceAll(" ", "");
  if (/^LIMS\.[A-Z-]+\.$/.test(whole)) return true;
  if (!/^[SCKU]/.test(whole) || whole.length !== 8 || [...whole].some((one) => !ALPHABET.includes(one))) return false;
  let value = 0;
  for (const one of whole.slice(0, -1)) value = ((value + ALPHABET.indexOf(one)) * 3) % 31;
  return ALPHABET[(31 - value) % 31] === whole.at(-1);
}

// By its physical keys; by its letters only where these alone make a code of ours: a scanner set to the host's own keyboard.
function reading(keys) {
  const typed = clean(keys.map((key) => key.key).join(""));
  const pressed = clean(keys.map((key) => key.pressed ?? key.key).join(""));
  return isSound(typed) && !isSound(pressed) ? typed : pressed;
}

export function listen(page) {
  let keys = [];
  let before = null;
  let ended = -Infinity; // of this page's own scans: a page begins at 0, and its first Enter is nobody's tail
  let waiting = null;

  const forget = () => { keys = []; before = null; };
  const remember = () => {
    const field = page.activeElement;
    before = isEntry(field) ? { field, value: field.value } : null;
  };

  page.addEventListener("keydown", (event) => {
    const now = event.timeStamp;
    clearTimeout(waiting);
    if (keys.length && now - keys.at(-1).time > LONGEST_MS) forget();
    if (event.ctrlKey || event.altKey || event.metaKey) {
      if (keys.length > 1 || now - ended < TAIL_MS) event.preventDefault(); // a control character of a scanner is no command to the browser
      return;
    }
    if (event.isComposing || event.repeat) return;
    const pressed = physical(event);
    if (event.key.length === 1 || (event.key === "Process" && pressed) || (event.key === "Dead" && pressed)) {
      if (!keys.length) remember();
      if (keys.length && !isEntry(event.target) && now - keys.at(-1).time < MEDIAN_MS) event.preventDefault();
      keys.push({ key: event.key.length === 1 ? event.key : pressed, pressed, time: now });
      if (keys.length === 1 && !isEntry(event.target) && alone.has(event.key)) waiting = setTimeout(alone.get(event.key), LONGEST_MS);
      return;
    }
    if (event.key !== "Enter" && event.key !== "Tab") { if (event.key !== "Shift" && event.key !== "CapsLock") forget(); return; }
    if (!keys.length && now - ended < TAIL_MS) { stop(event); return; }
    const heard = keys.length >= FEWEST && isBurst([...keys.map((key) => key.time), now]);
    const code = heard ? reading(keys) : "";
    const typedInto = before;
    forget();
    if (code.length < FEWEST || code.length > LONGEST_CODE) return;
    ended = now;
    if (typedInto?.field.matches("[data-takes-code]:not([data-waits-for-code])")) {
      if (typedInto.field.tagName === "INPUT") typedInto.field.value = code;
      return;
    }
    stop(event);
    if (typedInto) typedInto.field.value = typedInto.value;
    if (isAgain(code, performance.timeOrigin + now)) { toldAgain(code); return; }
    if (!taker?.(code)) take(page, code);
  }, true);

  showWhetherItListens(page);
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function isEntry(field) {
  return Boolean(field?.matches?.("input:not([type=submit], [type=button], [type=checkbox], [type=radio], [readonly]), textarea, select"));
}

// What was refused may be scanned again at once.
export function letItComeAgain() { sessionStorage.removeItem("last-scan"); }

// One trigger may send a code twice, and the first may have led to another page meanwhile.
function isAgain(code, now) {
  const [last, at] = (sessionStorage.getItem("last-scan") ?? "").split("\n");
  sessionStorage.setItem("last-scan", `${code}\n${now}`);
  return code === last && now - Number(at) < AGAIN_MS;
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

// A page in the background hears no keys: its scan bar says so, in colour and in words.
function showWhetherItListens(page) {
  const show = (listens) => {
    for (const bar of page.querySelectorAll(".scan, .scan-s")) {
      bar.dataset.listening = listens ? "yes" : "no";
      for (const each of bar.querySelectorAll("[data-deaf]")) {
        each.dataset.ready ??= each.placeholder ?? each.textContent;
        const words = listens ? each.dataset.ready : each.dataset.deaf;
        if ("placeholder" in each) each.placeholder = words; else each.textContent = words;
        if (!listens && each.readOnly) each.value = ""; // so that the words are seen
      }
    }
  };
  window.addEventListener("blur", () => show(false));
  window.addEventListener("focus", () => show(true));
  page.addEventListener("visibilitychange", () => show(!page.hidden && page.hasFocus()));
  show(page.hasFocus());
}
