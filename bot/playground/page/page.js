// The playground's page: shows what one person sees, and does what they do. All state lives in the server.

import { renderBlocks } from "./blocks.js";
import { asTyped, el, mrkdwn } from "./mrkdwn.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);
const look = {
  as: query.get("as") ?? "",
  channel: query.get("channel") ?? "",
  thread: query.get("thread") ?? "",
  home: query.get("home") ?? "",
};
const noticed = new Map();
let state = null;
let editing = null;

// Talking to the server -------------------------------------------------------------------------------------

async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok && !answer.errors) say(answer.problem ?? "That did not work.");
  return answer;
}

const act = (what, fields = {}) => post("act", { as: state.me.id, channel: state.channel, do: what, ...fields });

let loading = null;
let again = false;

/** Fetches what is to be seen and draws it; calls that come meanwhile lead to one more round. */
function refresh() {
  if (loading) {
    again = true;
    return loading;
  }
  loading = (async () => {
    do {
      again = false;
      const asked = new URLSearchParams({ as: look.as, channel: look.channel, thread: look.thread });
      const response = await fetch(`state?${asked}`);
      if (response.ok) draw(await response.json());
    } while (again);
    loading = null;
  })();
  return loading;
}

function listen() {
  const source = new EventSource("changes");
  source.onmessage = refresh;
  source.onerror = () => setTimeout(refresh, 1000);
}

function go(changes) {
  Object.assign(look, changes);
  const shown = Object.entries(look).filter(([, value]) => value);
  history.replaceState(null, "", `?${new URLSearchParams(shown)}`);
  return refresh();
}

// Drawing ---------------------------------------------------------------------------------------------------

function draw(next) {
  state = next;
  look.as = state.me.id;
  look.channel = state.channel ?? "";
  drawTime();
  drawRail();
  drawStage();
  drawThread();
  drawModal();
  drawNotice();
  document.body.dataset.ready = String(state.number);
}

const names = () => ({
  people: { ...Object.fromEntries(state.people.map((it) => [it.id, it.name])), [state.app.user]: state.app.name },
  channels: Object.fromEntries(state.channels.map((it) => [it.id, it.name])),
  zone: state.me.tz,
});

const format = (seconds, parts) =>
  new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: state.me.tz }).format(new Date(seconds * 1000));
const TIME = { hour: "2-digit", minute: "2-digit" };
const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" };

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

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function drawRail() {
  setText($("team"), state.team.name);
  document.title = `${state.team.name} – Ops Hat playground`;
  drawOnce($("person"), JSON.stringify(state.people), () =>
    state.people.map((it) => el("option", { value: it.id }, [it.name, ...labels(it)].join(" · "))));
  $("person").value = state.me.id;
  drawOnce($("channels"), JSON.stringify([state.channels, state.channel, look.home]), () =>
    state.channels.map((it) => railItem(`${it.is_private ? "🔒" : "#"} ${it.name}`, !look.home && it.id === state.channel, `channel ${it.id}`, () =>
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

/** Draws a node's children anew only when what they show has changed, and keeps the focus where it was. */
function drawOnce(node, signature, children) {
  if (node.dataset.signature === signature) return false;
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.dataset.signature = signature;
  node.replaceChildren(...children().filter(Boolean));
  if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  return true;
}

/** Keeps a list at its end while it is there: when its room changes, or a picture in it has come. */
function followEnd(list) {
  const stay = () => {
    if (list.dataset.away !== "true") list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    list.dataset.away = String(list.scrollHeight - list.scrollTop - list.clientHeight > 80);
  });
  list.addEventListener("load", stay, true);
  new ResizeObserver(stay).observe(list);
}

// Messages --------------------------------------------------------------------------------------------------

function drawMessages(list, messages, place, inThread = false) {
  const moved = list.dataset.place !== place;
  const atEnd = moved || list.dataset.away !== "true";
  if (moved) list.dataset.away = "false";
  list.dataset.place = place;
  const rows = new Map([...list.children].map((row) => [row.dataset.row, row]));
  const wanted = [];
  let day = "";
  for (const message of messages) {
    const today = format(Number(message.ts), DAY);
    if (today !== day) wanted.push(rows.get(today) ?? el("h3", { class: "day", "data-row": today }, el("span", {}, today)));
    day = today;
    wanted.push(messageRow(rows, message, inThread));
  }
  if (!messages.length) wanted.push(el("p", { class: "empty" }, "Nothing has been said here yet."));
  const added = replaceRows(list, wanted);
  if (atEnd && (added || moved)) list.scrollTop = list.scrollHeight;
}

function messageRow(rows, message, inThread) {
  const signature = JSON.stringify([message, state.me.id, editing === message.ts, state.people.length]);
  const row = rows.get(message.ts) ?? el("article", { class: "message", "data-row": message.ts });
  row.classList.toggle("bot", message.is_bot);
  row.classList.toggle("own-eyes", message.is_ephemeral);
  row.classList.toggle("event", ["channel_join", "tombstone"].includes(message.subtype));
  drawOnce(row, signature, () => messageParts(message, inThread));
  return row;
}

function replaceRows(list, wanted) {
  const keep = new Set(wanted);
  for (const row of [...list.children]) if (!keep.has(row)) row.remove();
  let added = false;
  wanted.forEach((row, index) => {
    if (list.children[index] === row) return;
    added = true;
    list.insertBefore(row, list.children[index] ?? null);
  });
  return added;
}

function messageParts(message, inThread) {
  const seconds = Number(message.ts);
  const head = el("header", {},
    el("strong", { class: "who" }, message.name),
    message.is_bot ? el("span", { class: "badge" }, "app") : null,
    el("time", { datetime: new Date(seconds * 1000).toISOString() }, format(seconds, TIME)),
    message.is_edited ? el("span", { class: "faint" }, "edited") : null,
    message.subtype === "thread_broadcast" && !inThread ? el("span", { class: "faint" }, "from a thread") : null);
  const only = message.is_ephemeral ? el("p", { class: "only" }, `Only ${state.me.name} can see this`) : null;
  const body = el("div", { class: "body" }, only, head, ...contents(message), foot(message, inThread));
  return [avatar(message), body, tools(message, inThread)];
}

function avatar(message) {
  const hue = [...message.name].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
  const kind = message.is_bot ? "hat" : `hue-${hue}`;
  return el("span", { class: `avatar ${kind}`, "aria-hidden": "true" }, message.is_bot ? "" : message.name[0].toUpperCase());
}

function contents(message) {
  if (editing === message.ts) return [editor(message)];
  const on = {
    names: names(),
    act: (action, value) => act("click", { ts: message.ts, action, value }),
  };
  const said = message.blocks.length ? renderBlocks(message.blocks, on) : [el("div", { class: "words" }, mrkdwn(message.text, names()))];
  return [...said, ...message.files.map(attached)];
}

function attached(file) {
  if (!file.is_picture) return el("p", { class: "file" }, file.title);
  return el("figure", { class: "file" }, el("figcaption", {}, file.title), el("img", { src: `files/${file.id}`, alt: file.alt }));
}

const hasFoot = (message) => message.replies || message.is_bot || message.thread;

function foot(message, inThread) {
  if (inThread || message.is_ephemeral || message.subtype === "channel_join") return null;
  if (!hasFoot(message)) return null;
  const thread = message.thread ?? message.ts;
  const label = message.replies
    ? `${message.replies} ${message.replies === 1 ? "reply" : "replies"}`
    : message.thread ? "See the thread" : "Reply in thread";
  return el("button", { type: "button", class: "replies", "data-key": `thread ${message.ts}`, onclick: () => openThread(thread) }, label);
}

async function openThread(ts) {
  await go({ thread: ts, home: "" });
  $("thread-words").focus();
}

function tools(message, inThread) {
  const tool = (label, key, onclick) => el("button", { type: "button", class: "quiet", "data-key": `${key} ${message.ts}`, onclick }, label);
  const on = (what) => () => act(what, { ts: message.ts });
  const list = [];
  if (message.is_ephemeral) list.push(tool("Dismiss", "dismiss", on("dismiss")));
  else if (message.subtype !== "channel_join" && message.subtype !== "tombstone") {
    if (!inThread && !message.thread && !hasFoot(message)) list.push(tool("Reply", "reply", () => openThread(message.ts)));
    for (const [callback, name] of Object.entries(state.app.shortcuts))
      list.push(tool(name, callback, () => act("shortcut", { ts: message.ts, callback })));
    if (message.is_mine) {
      list.push(tool("Edit", "edit", () => startEditing(message)));
      list.push(tool("Delete", "delete", on("delete")));
    }
  }
  return list.length ? el("div", { class: "tools", role: "group", "aria-label": `Message by ${message.name}` }, ...list) : null;
}

function startEditing(message) {
  editing = message.ts;
  draw(state);
  document.querySelector(".editor textarea")?.focus();
}

function editor(message) {
  const area = el("textarea", { rows: "2", "aria-label": "Edit the message" });
  area.value = asTyped(message.text, names());
  const stop = () => {
    editing = null;
    draw(state);
  };
  const save = async () => {
    await act("edit", { ts: message.ts, text: area.value });
    editing = null;
    refresh();
  };
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop();
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      save();
    }
  });
  const buttons = [
    el("button", { type: "button", class: "primary", onclick: save }, "Save"),
    el("button", { type: "button", onclick: stop }, "Cancel"),
  ];
  return el("div", { class: "editor" }, area, el("div", { class: "actions" }, ...buttons));
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

// Modals ----------------------------------------------------------------------------------------------------

let fields = new Map();
/** What the form itself refused to send, by block id, and in which view. */
let refused = { signature: "", errors: {} };

function drawModal() {
  const dialog = $("modal");
  const view = state.modal;
  if (!view) {
    if (dialog.open) dialog.close();
    dialog.dataset.signature = "";
    return;
  }
  const signature = `${view.id} ${view.hash} ${state.me.id}`;
  if (drawOnce(dialog, signature, () => modalParts(view)) && !dialog.open) dialog.showModal();
  showErrors({ ...view.errors, ...(refused.signature === signature ? refused.errors : {}) });
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
  say("");
  const values = {};
  for (const { block, action, read } of fields.values()) (values[block] ??= {})[action] = read();
  const sender = event.submitter;
  sender?.setAttribute("aria-disabled", "true");
  const answer = await act("submit", { values });
  sender?.removeAttribute("aria-disabled");
  refused = { signature: $("modal").dataset.signature, errors: answer.errors ?? {} };
  refresh();
}

let shownErrors = "";

function showErrors(errors) {
  const signature = JSON.stringify([errors, $("modal").dataset.signature]);
  if (signature === shownErrors) return;
  shownErrors = signature;
  let first = null;
  for (const { block, show } of fields.values()) {
    const target = show?.(errors[block]);
    if (errors[block]) first ??= target;
  }
  first?.focus();
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
  if (event.key === "Escape" && !editing) closeThread();
});
$("modal").addEventListener("cancel", (event) => {
  event.preventDefault();
  closeModal();
});
$("moves").addEventListener("click", async (event) => {
  const to = event.target.dataset.to;
  if (!to || event.target.getAttribute("aria-disabled") === "true") return;
  say("");
  await post("time", { to });
  refresh();
});
if (matchMedia("(max-width: 50rem)").matches) $("guide").open = false;
refresh().then(listen);
