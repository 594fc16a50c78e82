// What the server says one person sees, and telling it what they do.

const query = new URLSearchParams(location.search);
export const look = {
  as: query.get("as") ?? "",
  channel: query.get("channel") ?? "",
  thread: query.get("thread") ?? "",
  home: query.get("home") ?? "",
};

/** Who is told of each new state, and of what went wrong. */
export const hear = { state: () => {}, problem: () => {} };

export let state = null;

function take(next) {
  state = next;
  look.as = state.me.id;
  look.channel = state.channel ?? "";
  hear.state();
}

export async function post(path, body) {
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const answer = response.headers.get("Content-Type")?.includes("json") ? await response.json() : {};
  if (!response.ok && !answer.errors) hear.problem(answer.problem ?? "That did not work.");
  return answer;
}

/** Does something where it is shown, as the person who is chosen: also while what that one sees has yet to come. */
export const act = (what, fields = {}) => post("act", { as: look.as, channel: state.channel, do: what, ...fields });

let loading = null;
let again = false;

const place = () => new URLSearchParams({ as: look.as, channel: look.channel, thread: look.thread }).toString();

/** Fetches what is to be seen and draws it; calls that come meanwhile lead to one more round. */
export function refresh() {
  if (loading) {
    again = true;
    return loading;
  }
  loading = (async () => {
    do {
      again = false;
      const asked = place();
      const response = await fetch(`state?${asked}`);
      const next = response.ok ? await response.json() : null;
      // Whoever has gone elsewhere meanwhile is not called back by an answer about where they were.
      if (next && asked === place()) take(next);
    } while (again);
  })()
    .catch(() => {}) // the server is away; its next change asks again
    .finally(() => {
      loading = null;
      if (again) refresh();
    });
  return loading;
}

/** Follows the server's changes; the browser connects anew by itself when the server was away. */
export function listen() {
  const source = new EventSource("changes");
  source.onmessage = refresh;
}

/** Looks as somebody else or at another place; the address says so too, so that it can be reloaded. */
export function go(changes) {
  Object.assign(look, changes);
  const shown = Object.entries(look).filter(([, value]) => value);
  history.replaceState(null, "", `?${new URLSearchParams(shown)}`);
  return refresh();
}

/** What ids stand for, and the zone in which the person reads times. */
export const names = () => ({
  people: { ...Object.fromEntries(state.people.map((it) => [it.id, it.name])), [state.app.user]: state.app.name },
  channels: Object.fromEntries(state.channels.map((it) => [it.id, it.name])),
  zone: state.me.tz,
});

export const format = (seconds, parts) =>
  new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: state.me.tz }).format(new Date(seconds * 1000));
export const TIME = { hour: "2-digit", minute: "2-digit" };
export const DAY = { weekday: "long", day: "numeric", month: "long", year: "numeric" };
