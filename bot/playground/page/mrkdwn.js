// Slack's mrkdwn as DOM nodes; text never becomes markup by itself.

import { el } from "./dom.js";

export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** Returns text as its author would type it again, for editing. */
export function asTyped(text, names) {
  const typed = text.replace(/<([^>]+)>/g, (_, inside) => {
    const [target, label] = inside.split("|");
    if (target[0] === "@") return `@${names.people[target.slice(1)] ?? target.slice(1)}`;
    if (target[0] === "#") return `#${names.channels[target.slice(1)] ?? label ?? target.slice(1)}`;
    if (target[0] === "!") return `@${target.slice(1)}`;
    return target;
  });
  return unescape(typed);
}

/** Renders mrkdwn; `names` holds people and channels by id, and the zone in which dates are shown. */
export function mrkdwn(text, names) {
  const out = document.createDocumentFragment();
  text.split(/```\n?([\s\S]*?)```/).forEach((part, index) => {
    if (index % 2) out.append(el("pre", {}, unescape(part)));
    else if (part) out.append(...paragraphs(part, names));
  });
  return out;
}

function* paragraphs(text, names) {
  const lines = text.split("\n");
  while (lines.length) {
    const quoted = isQuoted(lines[0]);
    const run = [];
    while (lines.length && isQuoted(lines[0]) === quoted) run.push(lines.shift());
    const said = run.map((line) => (quoted ? line.replace(/^(&gt;|>) ?/, "") : line)).join("\n");
    const node = el(quoted ? "blockquote" : "p");
    node.append(...inline(said, names));
    yield node;
  }
}

const isQuoted = (line) => /^(&gt;|>)/.test(line);

const INLINE = /<([^<>]+)>|`([^`\n]+)`|(?<![\w*])\*(?=\S)([^*\n]*[^*\s])\*(?!\w)|(?<![\w_])_(?=\S)([^_\n]*[^_\s])_(?!\w)|(?<![\w~])~(?=\S)([^~\n]*[^~\s])~(?!\w)/;

function* inline(text, names) {
  let rest = text;
  while (rest) {
    const found = INLINE.exec(rest);
    if (!found) break;
    if (found.index) yield* plain(rest.slice(0, found.index));
    yield styled(found, names);
    rest = rest.slice(found.index + found[0].length);
  }
  if (rest) yield* plain(rest);
}

function styled([, link, code, bold, italic, struck], names) {
  if (link) return linked(link, names);
  if (code) return el("code", {}, unescape(code));
  if (bold) return el("strong", {}, ...inline(bold, names));
  if (italic) return el("em", {}, ...inline(italic, names));
  return el("s", {}, ...inline(struck, names));
}

function* plain(text) {
  const lines = unescape(text).split("\n");
  for (const [index, line] of lines.entries()) {
    if (index) yield el("br");
    if (line) yield document.createTextNode(line);
  }
}

function linked(inside, names) {
  const [target, ...labels] = inside.split("|");
  const label = labels.join("|");
  if (target.startsWith("!date^")) return dated(target, label, names);
  if (target[0] === "@") return el("span", { class: "mention" }, `@${names.people[target.slice(1)] ?? "someone"}`);
  if (target[0] === "#") return el("span", { class: "mention" }, `#${names.channels[target.slice(1)] ?? label}`);
  if (target[0] === "!") return el("strong", { class: "mention loud" }, label || `@${target.slice(1).split("^")[0]}`);
  if (!/^(https?|mailto):/.test(target)) return document.createTextNode(unescape(`<${inside}>`));
  return el("a", { href: unescape(target), rel: "noreferrer", target: "_blank" }, unescape(label || target));
}

const DATES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date_short: { month: "short", day: "numeric", year: "numeric" },
  date_long: { weekday: "long", month: "long", day: "numeric", year: "numeric" },
  date: { month: "long", day: "numeric", year: "numeric" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
  time: { hour: "2-digit", minute: "2-digit" },
};

function dated(target, fallback, names) {
  const [, seconds, format] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return document.createTextNode(unescape(fallback));
  const words = unescape(format).replace(/\{(\w+?)(?:_pretty)?\}/g, (all, name) =>
    DATES[name] ? new Intl.DateTimeFormat("en-GB", { ...DATES[name], timeZone: names.zone }).format(moment) : all,
  );
  return el("time", { datetime: moment.toISOString(), title: unescape(fallback) }, words);
}
