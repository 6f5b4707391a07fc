// Links that an administrator has made for somebody: `#reset=TOKEN` and `#verify=TOKEN`. What stands behind `#` goes to no server.

const LINK = /^#(reset|verify)=([^#]{1,4096})$/;

/** What such a link asks for, `{ kind, token }`, or null. From then on it stands neither in the address nor in the tab's history. */
export function takeLink({ location, history } = globalThis) {
  const [, kind, token] = LINK.exec(location.hash) ?? [];
  if (!kind) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return { kind, token: decoded(token) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
