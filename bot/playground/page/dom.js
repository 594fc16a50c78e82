// Making nodes, and changing only those that show something else.

/** Makes an element: `on...` are listeners, other attributes are set, and empty children left out. */
export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key in node && !key.startsWith("aria") && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Draws a node's children anew only when what they show has changed, and keeps the focus where it was. */
export function drawOnce(node, signature, children) {
  if (node.dataset.signature === signature) return false;
  const key = node.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  node.dataset.signature = signature;
  node.replaceChildren(...children().filter(Boolean));
  if (key) node.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  return true;
}

/** Keeps a list at its end while it is there: when its room changes, or a picture in it has come. */
export function followEnd(list) {
  const stay = () => {
    if (list.dataset.away !== "true") list.scrollTop = list.scrollHeight;
  };
  list.addEventListener("scroll", () => {
    list.dataset.away = String(list.scrollHeight - list.scrollTop - list.clientHeight > 80);
  });
  list.addEventListener("load", stay, true);
  new ResizeObserver(stay).observe(list);
}
