// What pages do better with a script, and all do without: GOV.UK components, shortcuts, unsaved forms, copying.

import { initAll } from "./govuk-frontend.min.js";

// Swapped-in content has to be started too; for the first page htmx names the body, which is done below.
function startComponents() {
  initAll();
  document.body.addEventListener("htmx:load", (event) => {
    if (event.detail.elt === document.body) return;
    initAll({ scope: event.detail.elt });
  });
}

// Shortcuts: data-shortcut="n" on a link, button or field. Never while somebody types, never with a modifier.
function typing(target) {
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|AUDIO|VIDEO)$/.test(target.tagName);
}

function followShortcut(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const target = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
  if (!target) return;
  event.preventDefault();
  if (typing(target)) target.focus();
  else target.click();
}

// A form with data-warn-unsaved asks before the page is left with something typed.
let unsaved = false;

document.addEventListener("input", (event) => {
  if (event.target.closest("form[data-warn-unsaved]")) unsaved = true;
});
document.addEventListener("submit", () => {
  unsaved = false;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && event.target.closest("form[data-warn-unsaved]")) unsaved = false;
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});
document.addEventListener("keydown", followShortcut);

// htmx shows no answer but what it swaps in, so that after a refusal, a fault or silence a button would seem dead. It is
// said beside the button, in the words of the answer, and the form keeps what was typed.
function sayTrouble(event) {
  const form = event.target.closest("form");
  const words = document.getElementById("trouble");
  if (!form || !words) return;
  const said = words.content.firstElementChild.cloneNode(true);
  const answer = new DOMParser().parseFromString(event.detail.xhr?.responseText ?? "", "text/html").querySelector("main");
  for (const part of ["h1", "p"]) {
    const place = said.querySelector(`[data-from="${part}"]`);
    place.textContent = answer?.querySelector(part)?.textContent.trim() || place.textContent;
  }
  const button = event.detail.requestConfig?.triggeringEvent?.submitter ?? form.querySelector("button[type=submit]");
  (button?.closest(".govuk-button-group") ?? button)?.before(said);
  if (form.matches("[data-warn-unsaved]")) unsaved = true;
  said.focus();
}

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, sayTrouble);
document.addEventListener("htmx:beforeRequest", (event) => {
  for (const said of event.target.closest("form")?.querySelectorAll("[data-trouble]") ?? []) said.remove();
});

// A button with data-copy="id" copies the value of that field; it stays hidden where the browser does not allow it.
async function copyField(button) {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).value);
  if (button.dataset.copied) button.textContent = button.dataset.copied;
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", () => copyField(button).catch(() => {}));
}

startComponents();
