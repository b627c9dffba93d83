// The banner: what the last scan came to, by colour, icon, sound and a sentence. It stays until the next scan.
import { play } from "../sound.js";
import { ANSWERED } from "./server.js";
import { element, icon } from "./elements.js";

const PAINTED = "bench:painted";
const ICONS = { ok: "ok", warn: "warn", stop: "stop", wait: "wait" };

export function makeBanner(place, { speaks }) {
  return function show(outcome, at = new Date()) {
    const banner = element("section", { class: "card banner", "data-outcome": outcome.kind, role: outcome.kind === "stop" ? "alert" : "status" }, [
      icon(ICONS[outcome.kind]),
      element("div", {}, [
        element("div", { class: "title" }, [outcome.title, ...(outcome.other ? [" ", otherTitle(outcome.other)] : [])]),
        ...(outcome.sentence ? [element("p", { class: "do" }, [outcome.sentence])] : []),
      ]),
      element("div", { class: "aside" }, [clock(at), element("br"), outcome.recorded ?? ""]),
    ]);
    place.replaceChildren(banner, ...(outcome.compare ? [table(outcome.compare)] : []));
    afterPaint(() => { // seen first: what makes the first sound takes a while to wake
      performance.mark(PAINTED);
      if (performance.getEntriesByName(ANSWERED).length) performance.measure("bench:answer-to-paint", ANSWERED, PAINTED);
      play(outcome.kind);
      if (outcome.say && speaks()) speak(outcome.say);
    });
  };
}

// What is wanted beside what is in the hand, row by row.
function table({ heads: [wants, has, same, differs], rows }) {
  const row = (each) => {
    const equal = each.wants === each.has;
    return element("tr", { "data-differs": equal ? null : "" }, [
      element("th", { scope: "row" }, [each.what]),
      ...[each.wants, each.has, equal ? same : `✕ ${differs}`].map((text) => element("td", {}, [text])),
    ]);
  };
  const head = element("tr", {}, ["", wants, has, ""].map((text) => element("th", { scope: "col" }, [text])));
  return element("section", { class: "card pad scroll" }, [element("table", { class: "compare" }, [element("thead", {}, [head]), element("tbody", {}, rows.map(row))])]);
}

export function clock(at) {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

function otherTitle(words) {
  return element("span", { lang: document.documentElement.lang.startsWith("zh") ? "en" : "zh-CN" }, [words]);
}

function speak(words) {
  speechSynthesis.cancel();
  const said = new SpeechSynthesisUtterance(words);
  said.lang = document.documentElement.lang;
  speechSynthesis.speak(said);
}

// The frame after the next has been painted when a message posted in it arrives.
function afterPaint(act) {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = act;
    channel.port2.postMessage(null);
  });
}
