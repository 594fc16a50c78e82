// The playground's page: shows what one person sees, and does what they do. All state lives in the server.

import { renderBlocks } from "./blocks.js";
import { drawOnce, el, followEnd, setText } from "./dom.js";
import { drawMessages, isEditing } from "./messages.js";
import { drawModal } from "./modal.js";
import { DAY, TIME, act, format, go, hear, listen, look, names, post, refresh, state } from "./server.js";
import { drawTrouble } from "./trouble.js";

const $ = (id) => document.getElementById(id);
const noticed = new Map();

// Drawing ---------------------------------------------------------------------------------------------------

function draw() {
  drawTime();
  drawRail();
  drawStage();
  drawThread();
  drawModal();
  drawNotice();
  drawTrouble();
  document.body.dataset.ready = String(state.number);
}

function drawTime() {
  const { now, can_move, walking, said } = state.time;
  $("clock").dateTime = new Date(now * 1000).toISOString();
  $("clock").replaceChildren(
    el("strong", {}, format(now, DAY)),
    ` ${format(now, TIME)} `,
    el("span", { class: "zone" }, state.me.tz.replaceAll("_", " ")),
  );
  $("moves").hidden = !can_move;
  for (const button of $("moves").children) button.setAttribute("aria-disabled", String(walking));
  setText($("said"), walking ? "Time is passing…" : said);
}

function drawRail() {
  setText($("team"), state.team.name);
  document.title = `${state.team.name} – Ops Hat playground`;
  drawOnce($("person"), JSON.stringify(state.people), () =>
    state.people.map((it) => el("option", { value: it.id }, [it.name, ...labels(it)].join(" · "))));
  $("person").value = state.me.id;
  drawOnce($("channels"), JSON.stringify([state.channels, state.channel, look.home]), () =>
    state.channels.map((it) => railItem(`# ${it.name}${it.is_private ? " · private" : ""}`, !look.home && it.id === state.channel, `channel ${it.id}`, () =>
      go({ channel: it.id, thread: "", home: "" }))));
  drawOnce($("apps"), JSON.stringify([state.app.name, look.home]), () =>
    [railItem(`${state.app.name} Home`, Boolean(look.home), "home", openHome)]);
}

const labels = (it) => [it.is_admin && "admin", it.is_guest && "guest", it.is_outside && "elsewhere"].filter(Boolean);

const railItem = (label, current, key, onclick) =>
  el("li", {}, el("button", { type: "button", "data-key": key, "aria-current": current ? "page" : undefined, onclick }, label));

async function openHome() {
  await go({ home: "1", thread: "" });
  await act("home");
  $("title").focus();
}

function drawStage() {
  const channel = state.channels.find((it) => it.id === state.channel);
  const atHome = Boolean(look.home);
  setText($("title"), atHome ? `${state.app.name} Home` : channel ? `# ${channel.name}` : "No channel");
  setText($("facts"), atHome ? `As ${state.me.name} sees it` : channel ? people(channel.members) : "");
  $("invite").hidden = atHome || !channel || channel.has_bot;
  setText($("invite"), `Invite ${state.app.name}`);
  $("messages").hidden = atHome;
  $("composer").hidden = atHome || !channel;
  $("home").hidden = !atHome;
  if (atHome) return drawHome();
  const commands = state.app.commands.length ? `, or ${state.app.commands[0]} …` : "";
  $("words").placeholder = channel ? `Message #${channel.name}${commands}` : "";
  setText($("words-label"), `Message #${channel?.name} as ${state.me.name}`);
  drawMessages($("messages"), state.messages, state.channel + state.me.id);
}

const people = (count) => `${count} ${count === 1 ? "person" : "people"}`;

function drawHome() {
  drawOnce($("home"), JSON.stringify([state.home?.hash, state.me.id]), () => {
    if (!state.home) return [el("p", { class: "empty" }, "The app shows nothing here yet.")];
    const on = { names: names(), act: (action, value) => act("press", { action, value, home: true }) };
    return renderBlocks(state.home.blocks, on);
  });
}

function drawThread() {
  $("thread").hidden = !state.thread || Boolean(look.home);
  document.body.classList.toggle("with-thread", !$("thread").hidden);
  if (!state.thread) return;
  setText($("thread-label"), `Reply as ${state.me.name}`);
  $("thread-words").placeholder = "Reply…";
  drawMessages($("thread-messages"), state.thread.messages, state.thread.ts + state.me.id, true);
}

// Notices ---------------------------------------------------------------------------------------------------

function drawNotice() {
  const told = noticed.get(state.me.id);
  noticed.set(state.me.id, state.notices.length);
  if (told !== undefined && state.notices.length > told) say(state.notices.at(-1));
}

function say(words) {
  const places = [$("notice"), ...($("thread").hidden ? [] : [$("thread-notice")])];
  if ($("modal").open) places.push(...$("modal").querySelectorAll(".trouble"));
  for (const place of places) place.textContent = words;
}

// What people use -------------------------------------------------------------------------------------------

function composer(form, area, thread) {
  const fit = () => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  const send = async (event) => {
    event.preventDefault();
    const text = area.value;
    if (!text.trim()) return;
    say("");
    area.value = "";
    fit();
    $(thread ? "thread-messages" : "messages").dataset.own = "true";
    const answer = await act("say", { text, thread: thread && look.thread, broadcast: thread && $("broadcast").checked });
    if (answer.problem) area.value = text;
    $("broadcast").checked = false;
    fit();
  };
  form.addEventListener("submit", send);
  area.addEventListener("input", fit);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

function closeThread() {
  const ts = look.thread;
  go({ thread: "" });
  document.querySelector(`[data-key="thread ${CSS.escape(ts)}"]`)?.focus();
}

followEnd($("messages"));
followEnd($("thread-messages"));
composer($("composer"), $("words"), false);
composer($("thread-composer"), $("thread-words"), true);
$("person").addEventListener("change", (event) => go({ as: event.target.value }).then(() => look.home && act("home")));
$("invite").addEventListener("click", () => act("invite"));
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  const found = link && new RegExp(`^${location.origin}/archives/(\\w+)/p(\\d{10})(\\d{6})`).exec(link.href);
  if (!found) return;
  event.preventDefault();
  const thread = new URL(link.href).searchParams.get("thread_ts") ?? `${found[2]}.${found[3]}`;
  go({ channel: found[1], thread, home: "" });
});
$("thread-close").addEventListener("click", closeThread);
$("thread").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !isEditing()) closeThread();
});
$("moves").addEventListener("click", async (event) => {
  const to = event.target.dataset.to;
  if (!to || event.target.getAttribute("aria-disabled") === "true") return;
  say("");
  await post("time", { to });
  refresh();
});
const narrow = matchMedia("(max-width: 50rem)");
const makeRoom = () => {
  if (narrow.matches) $("guide").open = false;
};
narrow.addEventListener("change", makeRoom);
makeRoom();
hear.state = draw;
hear.problem = say;
refresh().then(listen);
