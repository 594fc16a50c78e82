// Modals: a dialog with the form that the app sent, and what is wrong with what was entered.

import { renderBlocks } from "./blocks.js";
import { drawOnce, el } from "./dom.js";
import { act, hear, names, refresh, state } from "./server.js";

const dialog = document.getElementById("modal");
let fields = new Map();
/** What the form itself refused to send, by block id, and in which view. */
let refused = { signature: "", errors: {} };

/** Shows the modal on top, or none. */
export function drawModal() {
  const view = state.modal;
  if (!view) {
    if (dialog.open) dialog.close();
    dialog.dataset.signature = "";
    return;
  }
  const signature = `${view.id} ${view.hash} ${state.me.id}`;
  if (drawOnce(dialog, signature, () => modalParts(view))) show();
  showErrors({ ...view.errors, ...(refused.signature === signature ? refused.errors : {}) });
}

/** Opens the dialog. The title takes the focus where there is no field, and where what had it is gone. */
function show() {
  const isNew = !dialog.open;
  if (isNew) dialog.showModal();
  if (isNew ? fields.size : dialog.contains(document.activeElement)) return;
  const title = document.getElementById("modal-title");
  title.tabIndex = -1;
  title.focus();
}

function modalParts(view) {
  fields = new Map();
  const on = {
    names: names(),
    fields,
    values: view.state.values,
    act: (action, value) => act("press", { action, value }),
  };
  const submit = view.submit && el("button", { type: "submit", class: "primary" }, view.submit.text);
  const close = el("button", { type: "button", onclick: closeModal }, view.close?.text ?? "Cancel");
  const form = el("form", { novalidate: true, onsubmit: submitModal },
    el("header", {}, el("h2", { id: "modal-title" }, view.title.text)),
    el("div", { class: "modal-body" }, ...renderBlocks(view.blocks, on)),
    el("p", { class: "trouble error", role: "alert" }),
    el("footer", {}, close, submit));
  return [form];
}

const closeModal = () => act("close");

async function submitModal(event) {
  event.preventDefault();
  hear.problem("");
  const values = {};
  for (const { block, action, read } of fields.values()) (values[block] ??= {})[action] = read();
  const sender = event.submitter;
  sender?.setAttribute("aria-disabled", "true");
  const answer = await act("submit", { values });
  sender?.removeAttribute("aria-disabled");
  refused = { signature: dialog.dataset.signature, errors: answer.errors ?? {} };
  refresh();
}

let shownErrors = "";

function showErrors(errors) {
  const signature = JSON.stringify([errors, dialog.dataset.signature]);
  if (signature === shownErrors) return;
  shownErrors = signature;
  let first = null;
  for (const { block, show } of fields.values()) {
    const target = show?.(errors[block]);
    if (errors[block]) first ??= target;
  }
  first?.focus();
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeModal();
});
