// What waits and what was refused, always in words: the pill in the top bar, and the list a person works off.
import { clock } from "./outcome.js";
import { element, icon } from "./elements.js";
import { inFours } from "./words.js";

export function makeQueue(part, words, outbox) {
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
    list.replaceChildren(...standing.refused.map((row) => rowOf(row, words, outbox)));
  };
}

function sentenceOf({ network, mine }, words) {
  if (network === "signed-out") return { state: "offline", icon: "out", text: words.sentence("queue-signed-out", { count: mine }) };
  if (network === "page-too-old") return { state: "offline", icon: "sheet", text: words.sentence("queue-too-old", { count: mine }) };
  if (network === "offline") return { state: "offline", icon: "nonet", text: words.sentence(mine ? "queue-offline" : "queue-no-network", { count: mine }) };
  if (mine) return { state: "waiting", icon: "wait", text: words.sentence("queue-sending", { count: mine }) };
  return { state: "online", icon: "net", text: words.sentence("queue-online") };
}

function rowOf(row, words, outbox) {
  const { act } = row;
  const where = [row.box ?? act.container, act.position].filter(Boolean).join(" · ");
  const again = element("button", { class: "btn", type: "button" }, [words.sentence("again-do")]);
  const reason = element("input", { name: "reason", required: "", maxlength: "200", "aria-label": words.sentence("by-hand-why"), placeholder: words.sentence("by-hand-why") });
  const byHand = element("form", { class: "row" }, [reason, element("button", { class: "btn" }, [words.sentence("by-hand")])]);
  again.addEventListener("click", () => { again.disabled = true; outbox.again(row); });
  byHand.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    outbox.doneByHand(row, reason.value.trim());
  });
  return element("li", { class: "stack" }, [
    element("div", { class: "row between" }, [
      element("b", {}, [`${words.sentence(`act-${act.type}`) || act.type}: ${inFours(act.barcode)}${where ? ` → ${where}` : ""}`]),
      element("time", { datetime: act.occurred_at }, [clock(new Date(act.occurred_at))]),
    ]),
    element("p", {}, [`${row.outcome.title}. ${row.outcome.sentence}`]),
    element("div", { class: "row" }, [again, byHand]),
  ]);
}
