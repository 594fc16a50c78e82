// The panel that makes Slack misbehave: switches that the server keeps.

import { drawOnce, el, setText } from "./dom.js";
import { post, refresh, state } from "./server.js";

const $ = (id) => document.getElementById(id);

async function turn(name, on) {
  await post("trouble", { turn: name, on });
  refresh();
}

export function drawTrouble() {
  const on = state.trouble.filter((it) => it.on).length;
  setText($("trouble-count"), on ? ` (${on} on)` : "");
  drawOnce($("switches"), JSON.stringify(state.trouble), () => state.trouble.map(({ name, label, on }) =>
    el("li", {}, el("label", { class: "choice" },
      el("input", { type: "checkbox", "data-key": `trouble ${name}`, checked: on, onchange: (event) => turn(name, event.target.checked) }),
      label))));
}

$("trouble-moves").addEventListener("click", (event) => {
  if (event.target.dataset.turn) turn(event.target.dataset.turn);
});
