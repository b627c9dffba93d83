// A form is sent once; Enter moves to the next field where there are several (a scanner ends with Enter); Ctrl+Enter sends.
export function guardForms(page) {
  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent && form.method === "post") { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    const button = event.submitter ?? form.querySelector("button:not([type=button])");
    if (form.method === "post" && button) {
      button.setAttribute("aria-disabled", "true");
      if (button.dataset.busy) button.textContent = button.dataset.busy;
    }
  });

  page.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !field.form || field.tagName === "TEXTAREA" || field.tagName === "BUTTON") return;
    if (event.ctrlKey || event.metaKey) { field.form.requestSubmit(); return; }
    const fields = [...field.form.elements].filter((one) => one.type !== "hidden" && !one.disabled && one.tagName !== "FIELDSET");
    const entries = fields.filter((one) => one.tagName !== "BUTTON");
    if (entries.length < 2 || field.form.hasAttribute("data-enter-sends")) return;
    event.preventDefault();
    fields[fields.indexOf(field) + 1]?.focus();
  });

  // Coming back by the browser's own button finds the form ready again.
  window.addEventListener("pageshow", () => {
    for (const form of page.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of page.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
  });

  // The summary of a refusal says which field each sentence is about.
  const colon = page.documentElement.lang.startsWith("zh") ? "：" : ": ";
  for (const link of page.querySelectorAll(".summary a[href^='#']")) {
    const field = page.getElementById(link.hash.slice(1));
    const label = field?.tagName === "FIELDSET" ? field.querySelector("legend") : page.querySelector(`label[for="${CSS.escape(link.hash.slice(1))}"]`);
    if (label) link.prepend(`${label.firstChild.textContent.trim()}${colon}`);
  }
  page.querySelector(".summary")?.focus();

  for (const select of page.querySelectorAll("[data-sends-form]")) select.addEventListener("change", () => select.form.requestSubmit());
}
