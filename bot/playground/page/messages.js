// Messages: who said what, what can be done with it, and editing one's own.

import { renderBlocks } from "./blocks.js";
import { drawOnce, el } from "./dom.js";
import { asTyped, mrkdwn } from "./mrkdwn.js";
import { DAY, TIME, act, format, go, hear, names, refresh, state } from "./server.js";

let editing = null;

/** Says whether a message is being edited. */
export const isEditing = () => editing !== null;

/** Draws the messages of a place into a list; rows that show the same stay as they are.
 *
 * A list that stands at its end stays there, and `data-own` brings it there: what one says oneself is shown. */
export function drawMessages(list, messages, place, inThread = false) {
  const moved = list.dataset.place !== place;
  const atEnd = moved || list.dataset.own === "true" || list.dataset.away !== "true";
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
  if (!atEnd || !(added || moved)) return;
  list.scrollTop = list.scrollHeight;
  delete list.dataset.own;
}

function messageRow(rows, message, inThread) {
  const signature = JSON.stringify([message, state.me.id, editing === message.ts, state.people.length]);
  const row = rows.get(message.ts) ?? el("article", { class: "message", "data-row": message.ts });
  row.setAttribute("aria-label", `${message.name}, ${format(Number(message.ts), TIME)}`);
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
  document.getElementById("thread-words").focus();
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
  hear.state();
  document.querySelector(".editor textarea")?.focus();
}

function editor(message) {
  const area = el("textarea", { rows: "2", "aria-label": "Edit the message" });
  area.value = asTyped(message.text, names());
  const stop = () => {
    editing = null;
    hear.state();
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
