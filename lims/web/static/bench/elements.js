// Small parts of the page, made by hand: no text is ever read as markup.
export function element(name, attributes = {}, children = []) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function icon(name, more = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", `ic ${more}`.trim());
  made.setAttribute("viewBox", "0 0 24 24");
  made.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${document.querySelector("[data-icons]").dataset.icons}#${name}`);
  made.append(use);
  return made;
}

// Whose tube, which half of a pair, what it is: hue, half of a disc, shape.
export function marksOf(tube) {
  const side = tube.side ? [icon(tube.side)] : [];
  return [
    element("span", { class: "who", "data-hue": tube.hue }, [tube.participant]),
    element("span", { class: "side" }, [...side, tube.timepoint]),
    element("span", { class: "kind" }, [icon(tube.shape), tube.type_word]),
  ];
}

export function nameOf(tube) {
  return `${tube.participant} ${tube.timepoint} ${tube.type_word}`;
}
