// What waits and what was refused, always in words: the pill in the top bar, and the list a person works off.
import { clock } from "./outcome.js";
import { element, icon } from "./elements.js";
import { shownOf } from "./outbox.js";
import { inFours } from "./words.js";

export function makeQueue(part, words, outbox, by) {
  const [pill, list] = [part("queue"), part("refused")];

  return function show(standing) {
    const said = sentenceOf(standing, words);
    if (pill.dataset.shown !== said.text) {
      Object.assign(pill.dataset, { state: said.state, shown: said.text });
      pill.replaceChildren(icon(said.icon), said.text);
    }
    part("others").hidden = !standing.others.length;
    part("others").textContent = standing.others.map(([who, count]) => words.sentence("others-wait", { who, count })).join(" ");
    const rows = standing.refused.map((row) => row.op_id).join();
    if (list.dataset.rows === rows) return;
    list.dataset.rows = rows;
    part("refused-card").hidden = !standing.refused.length;
    part("refused-count").textContent = String(standing.refused.length);
    list.replaceChildren(...standing.refused.map((row) => rowOf(row, words, outbox, by)));
  };
}

function sentenceOf({ network, mine }, words) {
  if (network === "signed-out") return { state: "offline", icon: "out", text: words.sentence("queue-signed-out", { count: mine }) };
  if (network === "page-too-old") return { state: "offline", icon: "sheet", text: words.sentence("queue-too-old", { count: mine }) };
  if (network === "offline") return { state: "offline", icon: "nonet", text: words.sentence(mine ? "queue-offline" : "queue-no-network", { count: mine }) };
  if (mine) return { state: "waiting", icon: "wait", text: words.sentence("queue-sending", { count: mine }) };
  return { state: "online", icon: "net", text: words.sentence("queue-online") };
}

function rowOf(row, words, outbox, by) {
  const { type, barcode, where } = shownOf(row);
  const what = words.sentence(`act-${type}`) || type;
  const { kind, title, sentence } = row.outcome;
  return element("li", { class: "stack" }, [
    element("div", { class: "row between" }, [
      element("b", {}, [`${what} ${inFours(barcode)}${where ? ` → ${where}` : ""}`]),
      element("time", { datetime: row.act.occurred_at }, [clock(new Date(row.act.occurred_at))]),
    ]),
    element("p", {}, [element("span", { class: "tag", "data-outcome": kind }, [icon(kind), title]), " ", sentence]),
    element("div", { class: "row" }, [row.by === by ? again(row, words, outbox) : element("span", { class: "dim" }, [words.sentence("scanned-by", { who: row.by })]), byHand(row, words, outbox)]),
  ]);
}

// Only by who did it: it would stand in another's name.
function again(row, words, outbox) {
  const button = element("button", { class: "btn", type: "button" }, [words.sentence("again-do")]);
  button.addEventListener("click", () => { button.disabled = true; outbox.again(row); });
  return button;
}

function byHand(row, words, outbox) {
  const why = words.sentence("by-hand-why");
  const reason = element("input", { name: "reason", required: "", maxlength: "200", "aria-label": why, placeholder: why });
  const form = element("form", { class: "row" }, [reason, element("button", { class: "btn" }, [words.sentence("by-hand")])]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    if (reason.value.trim()) outbox.doneByHand(row, reason.value.trim());
  });
  return form;
}
