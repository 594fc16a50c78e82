// Block Kit as plain, labelled HTML; each field reports its value when asked.

import { el } from "./dom.js";
import { mrkdwn, unescape } from "./mrkdwn.js";

let made = 0;
const newId = (name) => `${name}-${(made += 1)}`;

const words = (text, names) => (text.type === "mrkdwn" ? mrkdwn(text.text, names) : document.createTextNode(text.text));

/**
 * Renders blocks.
 *
 * `on` says where they stand: names (people, channels, zone), act(action, value) for what is used at once,
 * fields (a Map that collects block id -> { read, show }) where they are a form, values and errors by block id.
 */
export function renderBlocks(blocks, on) {
  return blocks.map((block) => (RENDER[block.type] ?? unknown)(block, on));
}

const unknown = (block) => el("p", { class: "unknown" }, `(a ${block.type} block, which this page does not draw)`);

const RENDER = {
  section(block, on) {
    const fields = (block.fields ?? []).map((field) => el("div", { class: "field" }, words(field, on.names)));
    const body = el("div", { class: "words" }, block.text ? words(block.text, on.names) : null, ...fields);
    const side = block.accessory && el("div", { class: "side" }, element(block.accessory, block, on));
    return el("div", { class: "block section" }, body, side);
  },
  header: (block) => el("h3", { class: "block heading" }, block.text.text),
  divider: () => el("hr", { class: "block" }),
  context: (block, on) =>
    el("div", { class: "block context" }, ...block.elements.map((it) =>
      it.type === "image" ? picture(it) : el("div", {}, words(it, on.names)))),
  actions: (block, on) => el("div", { class: "block actions" }, ...block.elements.map((it) => element(it, block, on))),
  image(block) {
    const caption = block.title && el("figcaption", {}, block.title.text);
    return el("figure", { class: "block" }, caption, picture(block));
  },
  markdown: (block, on) => el("div", { class: "block" }, mrkdwn(block.text.replaceAll("**", "*"), on.names)),
  rich_text: (block) => el("p", { class: "block" }, flat(block)),
  input: (block, on) => field(block, on),
};

const flat = (node) => (node.text ?? "") + (node.elements ?? []).map(flat).join("");

function picture(image) {
  const source = image.slack_file ? `files/${image.slack_file.id}` : image.image_url;
  return el("img", { src: source, alt: image.alt_text });
}

// Elements that act at once ---------------------------------------------------------------------------------

function element(it, block, on) {
  if (it.type === "image") return picture(it);
  if (it.type === "button") return button(it, on);
  if (it.type === "overflow") return menu(it, on);
  const control = makeControl(it, on, newId("field"), undefined);
  control.node.setAttribute("aria-label", it.placeholder?.text ?? block.text?.text ?? "Choose");
  control.node.addEventListener("change", () => on.act(it.action_id, control.read(), control.node));
  on.fields?.set(`${block.block_id} ${it.action_id}`, { block: block.block_id, action: it.action_id, ...control });
  return control.node;
}

function button(it, on) {
  const press = (event) => {
    if (it.confirm && !window.confirm(it.confirm.text.text)) return;
    if (it.url) window.open(it.url, "_blank", "noreferrer");
    on.act(it.action_id, it.value, event.currentTarget);
  };
  const label = it.accessibility_label;
  const kind = it.style ?? "";
  return el("button", { type: "button", class: kind, onclick: press, "aria-label": label, "data-key": `${it.action_id} ${it.value ?? ""}` }, it.text.text);
}

function menu(it, on) {
  const choose = (option) => (event) => {
    event.currentTarget.closest("details").open = false;
    on.act(it.action_id, option.value);
  };
  const items = it.options.map((option) => el("li", {}, el("button", { type: "button", class: "quiet", onclick: choose(option) }, option.text.text)));
  const node = el("details", { class: "menu" }, el("summary", { "aria-label": "More", "data-key": `${it.action_id} menu` }, "⋯"), el("ul", {}, ...items));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !node.open) return;
    event.stopPropagation();
    node.open = false;
    node.querySelector("summary").focus();
  });
  node.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !node.contains(event.relatedTarget)) node.open = false;
  });
  return node;
}

// Fields of a form ------------------------------------------------------------------------------------------

const GROUPS = new Set(["checkboxes", "radio_buttons", "multi_static_select", "multi_users_select", "multi_conversations_select", "multi_channels_select"]);

function field(block, on) {
  const it = block.element;
  const id = newId("field");
  const error = el("p", { class: "error", id: `${id}-error`, hidden: true });
  const hint = block.hint && el("p", { class: "hint", id: `${id}-hint` }, block.hint.text);
  const control = makeControl(it, on, id, on.values?.[block.block_id]?.[it.action_id]);
  const describedBy = [hint?.id, error.id].filter(Boolean).join(" ");
  control.node.setAttribute("aria-describedby", describedBy);
  const optional = block.optional ? el("span", { class: "optional" }, " (optional)") : null;
  const label = [block.label.text, optional];
  const show = (message) => {
    error.textContent = message ?? "";
    error.hidden = !message;
    const target = GROUPS.has(it.type) ? control.node.querySelector("input") : control.node;
    if (message) control.node.setAttribute("aria-invalid", "true");
    else control.node.removeAttribute("aria-invalid");
    return target;
  };
  on.fields?.set(`${block.block_id} ${it.action_id}`, { block: block.block_id, action: it.action_id, show, ...control });
  if (GROUPS.has(it.type)) {
    control.node.prepend(el("legend", {}, ...label));
    control.node.append(...[hint, error].filter(Boolean));
    return el("div", { class: "block input" }, control.node);
  }
  return el("div", { class: "block input" }, el("label", { for: id }, ...label), control.node, hint, error);
}

function makeControl(it, on, id, kept) {
  if (it.type === "plain_text_input") return written(it, id, kept);
  if (GROUPS.has(it.type)) return group(it, on, id, kept);
  if (it.type.endsWith("_select")) return select(it, on, id, kept);
  return typed(it, id, kept);
}

function written(it, id, kept) {
  const shared = { id, placeholder: it.placeholder?.text, maxlength: String(it.max_length ?? 3000) };
  const node = it.multiline ? el("textarea", { ...shared, rows: "5" }) : el("input", { ...shared, type: "text" });
  node.value = kept?.value ?? it.initial_value ?? "";
  return { node, read: () => node.value || null };
}

const TYPES = {
  timepicker: ["time", "selected_time", "initial_time"],
  datepicker: ["date", "selected_date", "initial_date"],
  datetimepicker: ["datetime-local", "selected_date_time", "initial_date_time"],
  number_input: ["number", "value", "initial_value"],
  email_text_input: ["email", "value", "initial_value"],
  url_text_input: ["url", "value", "initial_value"],
};

function typed(it, id, kept) {
  const [type, name, initial] = TYPES[it.type] ?? ["text", "value", "initial_value"];
  const node = el("input", { id, type, min: it.min_value, max: it.max_value, step: it.is_decimal_allowed ? "any" : undefined });
  node.value = kept?.[name] ?? it[initial] ?? "";
  const read = () => (type === "datetime-local" && node.value ? Math.floor(Date.parse(node.value) / 1000) : node.value || null);
  return { node, read };
}

/** Returns what a select or a group offers: [value, label, description], in groups where it has them. */
function offered(it, on) {
  if (it.type.includes("users")) return Object.entries(on.names.people);
  if (it.type.includes("conversations") || it.type.includes("channels"))
    return Object.entries(on.names.channels).map(([value, name]) => [value, `#${name}`]);
  const all = it.options ?? it.option_groups.flatMap((one) => one.options);
  return all.map((option) => [option.value, unescape(option.text.text), option.description?.text]);
}

const ONE = ["initial_user", "initial_conversation", "initial_channel"];
const SOME = ["initial_users", "initial_conversations", "initial_channels"];

function chosenOf(it, kept) {
  if (kept) {
    const several = kept.selected_options ?? kept.selected_users ?? kept.selected_conversations ?? kept.selected_channels;
    const one = kept.selected_option?.value ?? kept.selected_user ?? kept.selected_conversation ?? kept.selected_channel;
    return several ? several.map((option) => option.value ?? option) : [one].filter(Boolean);
  }
  const named = SOME.map((name) => it[name]).find(Boolean) ?? ONE.map((name) => it[name]).filter(Boolean);
  if (named.length) return named;
  return (it.initial_options ?? [it.initial_option].filter(Boolean)).map((option) => option.value);
}

function select(it, on, id, kept) {
  const none = el("option", { value: "" }, it.placeholder?.text ?? "Choose…");
  const option = ([value, label]) => el("option", { value }, label);
  const groups = it.option_groups?.map((one) =>
    el("optgroup", { label: one.label.text }, ...offered({ ...it, options: one.options, option_groups: undefined }, on).map(option)));
  const node = el("select", { id }, none, ...(groups ?? offered(it, on).map(option)));
  node.value = chosenOf(it, kept)[0] ?? "";
  return { node, read: () => node.value || null };
}

function group(it, on, id, kept) {
  const single = it.type === "radio_buttons";
  const chosen = new Set(chosenOf(it, kept));
  const boxes = offered(it, on).map(([value, label, description]) => {
    const box = el("input", { type: single ? "radio" : "checkbox", name: id, value });
    box.checked = chosen.has(value);
    return el("label", { class: "choice" }, box, el("span", {}, label, description && el("small", {}, ` ${description}`)));
  });
  const node = el("fieldset", { id }, el("div", { class: "choices" }, ...boxes));
  const ticked = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
  return { node, read: () => (single ? ticked()[0] ?? null : ticked()) };
}
