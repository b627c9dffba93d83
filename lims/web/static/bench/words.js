// The few words the page says itself; the server wrote them into it in its language.
export function makeWords({ titles, sentences }) {
  const put = (text, facts) => text.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
  return {
    title: (name) => titles[name],
    sentence: (name, facts = {}) => put(sentences[name] ?? "", facts),
    outcome(kind, name, facts = {}, more = {}) {
      const [title, other] = titles[name];
      const recorded = kind === "stop" ? sentences.nothing : "";
      return { kind, title, other, sentence: put(sentences[name] ?? "", facts), recorded, say: title, ...more };
    },
  };
}

// One after the other, as the language has it.
export const together = (...said) => said.filter(Boolean).reduce((text, next) => text + (text.endsWith("。") ? "" : " ") + next);

export const inFours = (code) => (/^[SCKU][2-9A-Z]{7}$/.test(code) ? `${code.slice(0, 4)} ${code.slice(4)}` : code);
