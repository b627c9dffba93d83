// The work on hand. A workflow is an object with `name`, the `card` that starts it, and
//   start(bench, known)         what is said when it begins; `known` is what was scanned and led here, if anything
//   scan(bench, code, known)    what a scan comes to; `known` is the server's word on the code, null without network
//   command(bench, card)        what DONE, CANCEL, YES, NO or UNDO mean to it; nothing: the usual
// and, where it has need of it, unknown(bench, code, said) for a code that names nothing, look(bench) to see what others did meanwhile,
// resume(bench) after another page, left(bench) to offer what was begun on this device and not ended, and what is shown: about, far, next,
// clock, orders;
// each promising an outcome {kind: "ok"|"warn"|"stop"|"wait", title, other, sentence, recorded, say}. One scan is done before the next.
import { letItComeAgain } from "../scanner.js";
import { clock, makeBanner } from "./outcome.js";
import { lasting, showOrders } from "./around.js";
import { countFree, nextFree, put } from "./box.js";
import { element, icon, marksOf } from "./elements.js";
import { makeClaims } from "./claims.js";
import { fetchBox, nameable } from "./device.js";
import { makeMap } from "./map.js";
import { makeOutbox } from "./outbox.js";
import { makeQueue } from "./queue.js";
import { recall, tubeAfter } from "./recall.js";
import { learn as learnAudit } from "./audits.js";
import { learn as learnList } from "./lists.js";
import { askAgain, lookUp, post } from "./server.js";
import { dropOldBoxes, findBox, keepBox, listBoxes, listLists } from "./store.js";
import { inFours, makeWords } from "./words.js";

const LOOK_AGAIN_MS = 4000;
const SECOND_MS = 1000;
const SHOWN = 12;
const KEPT = "bench";
const SPEAKS = "bench-speaks"; // of the device, as its theme is
const UNDONE_AT_MOST = 50;
const BEHIND = "bench-behind-ms";
const CLAIMED = "storage.box-claimed";
const FAILED = { QuotaExceededError: "no-room", InvalidStateError: "newer-page", VersionError: "newer-page" };

const cardOf = (code) => /^LIMS\.([A-Z-]+)\.$/.exec(code.toUpperCase())?.[1];
const called = (code) => cardOf(code) ?? inFours(code);
// What an act names a thing by: the code that was read, so that its label is known; of a label's words, the tube's own code.
const actedOn = (known) => (known.tube && known.read.toUpperCase() === known.tube.label.toUpperCase() ? known.code : known.read);

// How far this device's clock is behind; a page out of the browser's own keeping was written long ago and cannot tell.
function behind(place) {
  if (!("kept" in place.dataset)) localStorage.setItem(BEHIND, String(Number(place.dataset.clock) - Date.now()));
  return Number(localStorage.getItem(BEHIND) ?? 0);
}

export function beginSession(place, workflows) {
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const words = makeWords(JSON.parse(place.dataset.words));
  const person = { token: place.dataset.token, by: place.dataset.who, behindMs: behind(place) };
  const claims = makeClaims(person);
  const outbox = makeOutbox({ ...person, device: claims.device, changed: (standing) => showQueue(standing), answered });
  const showQueue = makeQueue(part, words, outbox, person.by);
  const showBanner = makeBanner(part("outcome"), { speaks: () => part("speaks").checked });
  const showMap = makeMap(part("map"), words);
  const speaks = part("speaks");
  const byCard = new Map(workflows.filter((one) => one.card).map((one) => [one.card, one]));
  const resting = workflows[0];
  let work = resting;
  let question = null;
  let turn = Promise.resolve();
  let undone = [];
  let rows = [];
  let count = 0;
  let scanned = null;
  let atScan = null;
  let waits = null; // the act of this scan, where it waits here
  let early = null; // what became of it, where that is known before its row is there
  let told = null; // the row that the banner speaks of

  const bench = {
    words,
    by: person.by,
    box: null, // the box on hand, with its holes
    hand: null, // the container scanned last, which may be moved
    hole: null, // a hole that was scanned and waits for its tube
    at: null, // the hole that is spoken of
    moving: null,
    say: words.outcome,
    ask(outcome, answers) { question = answers; return outcome; },
    lead(address) {
      if (!address) return words.outcome("stop", "no-network");
      keep();
      location.assign(address);
      return null;
    },
    async start(name, known) { return begin(workflows.find((one) => one.name === name), known); },
    async openBox(code) {
      const said = goesOnAlone() ? null : await fetchBox(code);
      const box = said?.holes ? said : await findBox(code);
      if (box) bench.box = box;
      if (box?.others) claims.drop(code);
      if (said?.holes && !goesOnAlone()) await keepBox(said);
      return box ?? null;
    },
    // Maps of boxes somebody will stand before, one after the other.
    async load(codes) {
      for (const code of codes) {
        const said = goesOnAlone() ? null : await fetchBox(code, (await findBox(code))?.etag);
        if (said?.holes && !goesOnAlone()) await keepBox(said);
      }
    },
    // The map after an act that only this device knows of yet.
    async shift(tube) {
      if (!bench.box) return;
      put(bench.box, tube);
      bench.box.etag = null;
      await keepBox(bench.box);
    },
    alone: goesOnAlone,
    async get(address, etag) {
      const said = await askAgain(address, etag);
      outbox.met(said !== null);
      learn(said).catch(console.error);
      return said;
    },
    // Why the next hole of the box on hand is not to be chosen here; nothing where it may be.
    notOurs() {
      const { box } = bench;
      if (!box?.rows || claims.holds(box.code)) return null;
      return goesOnAlone() ? bench.say("stop", "hole-first", { box: box.name }) : box.others ?? null;
    },
    // The same, where it is this device's for the asking.
    async mayFill() {
      const { box } = bench;
      await claims.fill(box.code);
      if (claims.holds(box.code)) return null;
      const said = goesOnAlone() ? null : await claims.take(box.code);
      if (said?.until) { box.others = null; return null; }
      if (said?.code === CLAIMED) await bench.look();
      return said?.outcome ?? bench.say("stop", "hole-first", { box: box.name });
    },
    // While acts wait here, the service's map is older than this one.
    async look() {
      if (!bench.box || goesOnAlone()) return;
      const said = await fetchBox(bench.box.code, bench.box.etag);
      outbox.met(said !== null);
      if (!said?.holes || bench.box?.code !== said.code || outbox.standing.mine) return;
      if (said.others) claims.drop(said.code);
      bench.box = said;
      await keepBox(said);
      show();
    },
    async post(address, body) {
      const said = await post(address, { device: claims.device, ...body }, place.dataset.token);
      outbox.met(said !== null);
      learn(said).catch(console.error);
      return said?.signedOut ? { outcome: words.outcome("stop", "signed-out") } : said ?? { outcome: words.outcome("stop", "no-network") };
    },
    counts() { count += 1; },
    end(outcome) { return end(outcome); },
    // An act on more than a tube: for a list, for an audit. What became of it; {kept: true} where it waits here.
    async record(act, about) {
      const said = await outbox.enqueue(act, about);
      waits = said.kept ? said.op_id : null;
      return said;
    },
    async act(act, tube) {
      const said = await bench.record(act, { box: bench.box?.name });
      if (said.kept) return goOn(act, said.op_id, tube);
      if (said.code === CLAIMED) claims.drop(act.container);
      if (said.status === "refused") { await bench.look(); return said.outcome; }
      if (said.undo) undone = [...undone, { code: said.code, event: said.event }].slice(-UNDONE_AT_MOST);
      if (said.tube && bench.box) { put(bench.box, said.tube); bench.box.etag = null; keepBox(bench.box); }
      count += 1;
      return { ...said.outcome, tube: said.tube, done: true };
    },
  };

  // With acts that wait, or without network, the page goes by what this device knows.
  function goesOnAlone() {
    return outbox.standing.mine > 0 || outbox.standing.network === "offline";
  }

  // An act that is kept here: the map shows it as done; the service has the last word when it hears of it.
  async function goOn(act, opId, before) {
    undone = [...undone, { waits: opId }].slice(-UNDONE_AT_MOST); // first of all: its answer may be there while the map is kept
    const box = act.container && bench.box?.code !== act.container ? null : bench.box;
    const tube = tubeAfter(before, act, box);
    if (tube && box) await bench.shift(tube);
    count += 1;
    const position = tube?.place?.position;
    const into = position && act.type !== "checked_out" ? { title: `${words.title("into")[0]} ${position}`, other: "", say: position } : {};
    return { ...words.outcome("wait", "kept-here", { count: outbox.standing.mine }, into), tube, done: true };
  }

  // What the service says of a list or an audit is what is gone on with where there is no network.
  async function learn(said) {
    if (said?.list) await learnList(said.list);
    if (said?.audit) await learnAudit(said.audit);
  }

  // What was kept here is known by now. A refusal is told whatever was scanned since, by what it was of.
  async function answered(said) {
    await learn(said);
    if (said.late) {
      showBanner({ ...said.outcome, sentence: `${inFours(said.of)} · ${said.outcome.sentence}` });
      told = null;
    }
    const row = rows.find((one) => one.waits === said.op_id);
    if (row) becomes(row, said.outcome);
    else if (said.op_id === waits) early = said.outcome;
    undone = undone.flatMap((one) => {
      if (one.waits !== said.op_id) return [one];
      return said.undo ? [{ code: said.code, event: said.event }] : [];
    });
  }

  // A scan that was kept is by now what the service made of it.
  function becomes(row, outcome) {
    Object.assign(row, { waits: null, kind: outcome.kind, title: outcome.title });
    if (told === row) showBanner(outcome);
    show();
    keep();
  }

  async function begin(workflow, known) {
    Object.assign(bench, { box: null, hand: null, hole: null, at: null, moving: null });
    [work, count] = [workflow, 0];
    return workflow.start(bench, known);
  }

  async function undo() {
    const last = undone.at(-1);
    if (!last) return words.outcome("warn", "nothing-to-undo");
    if (last.waits) return words.outcome("stop", "undo-later");
    const outcome = await bench.act({ type: "corrected", barcode: last.code, corrects: last.event });
    if (outcome.done) { undone = undone.filter((one) => one !== last); bench.hand = null; await turnTo(outcome.tube); }
    return outcome;
  }

  // The hole a tube goes back to is the one that is shown; a box that is being filled stays on hand.
  async function turnTo(tube) {
    const place = tube && !work.fills ? tube.place : null;
    if (tube && !work.fills) bench.at = place?.position ?? null;
    if (place && bench.box?.code !== place.container) await bench.openBox(place.container);
    else await bench.look();
  }

  async function command(card) {
    const asked = question;
    question = null;
    const own = await work.command?.(bench, card);
    if (own) return own;
    if (byCard.has(card)) return begin(byCard.get(card));
    switch (card) {
      case "UNDO": return undo();
      case "YES": return asked ? asked.yes() : words.outcome("warn", "no-question");
      case "NO": return asked ? asked.no() : words.outcome("warn", "no-question");
      case "DONE": return end(words.outcome("ok", "done", { count }));
      case "CANCEL": return end(words.outcome("ok", "left"));
      case "PRINT": return scanned ? bench.lead(`/labels?code=${encodeURIComponent(scanned)}`) : words.outcome("warn", "no-tube");
      default: return words.outcome("stop", "not-here");
    }
  }

  async function end(outcome) {
    await begin(resting);
    return outcome;
  }

  async function take(code) {
    atScan = waits = early = null;
    const card = cardOf(code);
    part("read").value = called(code);
    if (card) return command(card);
    question = null;
    const known = await look(code);
    if (known?.signedOut) return words.outcome("stop", "signed-out");
    if (known && !known.kind) return work.unknown ? work.unknown(bench, code, known) : known.outcome;
    if (known?.badge) return known.badge.may_take_over ? bench.ask(known.outcome, { yes: () => handOver(known.code), no: () => words.outcome("ok", "stays") }) : known.outcome;
    if (known) scanned = known.code;
    atScan = known?.tube ?? null;
    return work.scan(bench, known ? actedOn(known) : code, known);
  }

  // Whoever is here is signed out, and whose badge it is types a password. What was not sent by then waits for its owner.
  async function handOver(badge) {
    await outbox.drain();
    const form = document.querySelector("form[action='/sign-out']");
    for (const [name, value] of Object.entries({ badge, next: location.pathname })) form.append(element("input", { type: "hidden", name, value }));
    form.requestSubmit();
    return null;
  }

  async function look(code) {
    if (outbox.standing.mine) await outbox.drain();
    const said = goesOnAlone() ? null : await lookUp(code);
    if (said && !said.signedOut) { outbox.met(true); return said; }
    if (said) { outbox.drain(); return said; }
    outbox.met(false);
    return recall(code, await listBoxes(), await listLists(), words);
  }

  // Scans wait for each other, so that each finds what the one before left.
  function hear(code) {
    turn = turn.then(async () => {
      place.dataset.busy = "yes";
      try {
        finish(await take(code), code);
      } catch (error) {
        console.error(error);
        finish(words.outcome("stop", FAILED[error.name] ?? "stumbled"), code);
      } finally {
        delete place.dataset.busy;
      }
    });
    return turn;
  }

  const fillWhatIsOnHand = () => claims.fill(work.fills && bench.box ? bench.box.code : null);

  function finish(outcome, code) {
    fillWhatIsOnHand();
    if (!outcome) return;
    if (outcome.kind === "stop") letItComeAgain();
    const tube = outcome.tube ?? atScan;
    rows = [{ at: clock(new Date()), code, tube, kind: outcome.kind, title: outcome.title, waits }, ...rows].slice(0, SHOWN);
    [told] = rows;
    showBanner(outcome);
    show(outcome.sentence);
    if (early) becomes(told, early);
    keep();
  }

  function show(said) {
    const { box, hole } = bench;
    const notOurs = work.inTurn ? bench.notOurs() : null;
    const fills = work.fills && !notOurs;
    const next = hole ?? work.next?.(bench) ?? (box?.rows && fills ? nextFree(box) : bench.at ?? null);
    const [doing, other] = words.title(work.name);
    part("doing").replaceChildren(doing, " ", element("small", {}, [other]));
    part("about").textContent = work.about?.(bench) ?? (box ? `${box.name}${box.where ? ` · ${box.where}` : ""}` : (bench.hand?.name ?? ""));
    part("box").hidden = !box?.rows;
    showMap(box, next);
    if (box?.rows) {
      const [word, otherWord] = words.title(fills ? "next" : "hole");
      part("next-word").replaceChildren(word, " ", element("small", {}, [otherWord]));
      part("next").textContent = next ?? (fills ? words.sentence("no-next") : "–");
      part("free").textContent = work.far?.(bench) || words.sentence("of-box", { count: countFree(box), all: box.holes.length });
    }
    showOrders(part("orders"), work.orders?.(bench) ?? []);
    tick();
    part("idle").hidden = part("device").hidden = work !== resting;
    if (part("take-over")) part("take-over").hidden = !notOurs || notOurs !== box.others;
    place.toggleAttribute("data-working", work !== resting);
    const hint = work.hint(bench);
    part("hint").textContent = hint === said ? "" : hint;
    for (const card of place.querySelectorAll("[data-asked]")) card.hidden = !question;
    for (const card of place.querySelectorAll(".bench-cards [data-card]")) card.toggleAttribute("aria-current", byCard.get(card.dataset.card) === work);
    part("session").hidden = !rows.length;
    part("count").textContent = String(count);
    part("scans").replaceChildren(...rows.map(rowOf));
  }

  // How long the first tube has been out of the freezer one stands before: silent, and yellow from the target on.
  function tick() {
    const out = work.clock?.(bench);
    const shown = part("clock");
    shown.hidden = !out;
    if (!out) return;
    const ms = Date.now() + person.behindMs - out.since;
    shown.dataset.outcome = out.minutes && ms >= out.minutes * 60_000 ? "warn" : "info";
    shown.replaceChildren(icon("cold"), words.sentence("out-for", { time: lasting(ms) }));
  }

  function rowOf(row) {
    const what = row.tube ? marksOf(row.tube).slice(0, 2) : [element("span", { class: "code" }, [called(row.code)])];
    return element("li", { "data-outcome": row.kind }, [
      element("time", {}, [row.at]),
      element("span", { class: "row" }, what),
      element("span", { class: "tag", "data-outcome": row.kind }, [icon(row.kind), row.title]),
    ]);
  }

  // Going to another page and back finds the work as it was.
  function keep() {
    sessionStorage.setItem(KEPT, JSON.stringify({ who: place.dataset.who, work: work.name, box: bench.box?.code ?? null, hand: bench.hand, undone, rows, count, scanned }));
  }

  // What others did meanwhile is seen, and a box that is not filled any more is left to them.
  async function lookAround() {
    if (document.hidden || place.dataset.busy) return;
    if (!work.look) await lookAtBox();
    else turn = turn.then(() => work.look(bench)).then(() => show()).catch(console.error);
    if (!goesOnAlone()) await claims.leave();
  }

  // Who fills the box on hand may change while somebody stands before it: that is told as it is seen.
  async function lookAtBox() {
    const { box: before } = bench;
    await bench.look();
    const { box } = bench;
    if (!work.inTurn || place.dataset.busy || box?.code !== before?.code || box?.others?.sentence === before?.others?.sentence) return;
    showBanner(box.others ?? words.outcome("ok", "free-to-fill", { box: box.name }));
  }

  async function leftHere() {
    for (const one of workflows) {
      const said = await one.left?.(bench);
      if (said) return said;
    }
    return null;
  }

  // The work as it was left, then what the page was asked for; scans wait for both.
  function open(card, code) {
    speaks.checked = localStorage.getItem(SPEAKS) === "yes";
    speaks.addEventListener("change", () => localStorage.setItem(SPEAKS, speaks.checked ? "yes" : "no"));
    turn = goBackToWork(card || code).catch(console.error);
    if (card) hear(`LIMS.${card}.`);
    if (code) hear(code);
    return turn;
  }

  async function goBackToWork(asked) {
    const before = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
    const kept = before.who === place.dataset.who ? before : {}; // whoever signs in next takes nothing of it back
    ({ undone = [], rows = [], count = 0, scanned = null } = kept);
    [told = null] = rows;
    work = workflows.find((one) => one.name === kept.work) ?? resting;
    bench.hand = kept.hand ?? null;
    await outbox.begin().catch(console.error);
    if (kept.box) await bench.openBox(kept.box);
    if (bench.box) keep(); // what was sent meanwhile was kept without it
    fillWhatIsOnHand();
    await work.resume?.(bench);
    const left = work === resting && !asked ? await leftHere() : null;
    if (left) showBanner(left);
    show();
    dropOldBoxes().catch(console.error); // nobody waits for that
    history.replaceState(null, "", location.pathname);
    setInterval(tick, SECOND_MS);
    setInterval(lookAround, LOOK_AGAIN_MS);
  }

  const tellOf = (outcome) => showBanner(outcome ?? words.outcome("stop", "no-network"));
  nameable(part("device"), person.token, tellOf);
  part("take-over")?.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const reason = event.target.elements.reason;
    const { box } = bench;
    const said = await claims.takeOver(box.code, reason.value.trim());
    if (said?.until) { box.others = null; reason.value = ""; reason.blur(); }
    tellOf(said?.outcome);
    show();
  });

  return { hear, tell: (name) => showBanner(words.outcome("stop", name)), hearAgain: () => showBanner(words.outcome("warn", "again")), open };
}
