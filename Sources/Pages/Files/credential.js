// The key by which the gateway knows who asks: kept in this tab until it is closed, and nowhere else.

const NAME = "key";

/** What a browser can send with a WebSocket, where a key is a part of the name of a protocol (a token of RFC 9110). */
const SENDABLE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,4096}$/;

let kept = stored();

/** A browser may keep nothing, in a private window or because it is full: then a key holds as long as the page. */
function stored() {
  try {
    return sessionStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

/** The key in use; "" is none. */
export function key() {
  return kept;
}

/** From now on this one is in use; "" forgets it. */
export function keepKey(text) {
  kept = text;
  try {
    if (text === "") sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, text);
  } catch {
    // See above.
  }
}

/** What of a key may be seen: of one that the gateway has made, what stands before its secret. */
export function shownPart(text) {
  return /^sk-og-[0-9A-Za-z]{12}-/.exec(text)?.[0].concat("…") ?? "one that was not made by the gateway";
}

export function isSendable(text) {
  return SENDABLE.test(text);
}

/** Header fields of a request, with a key. */
export function withKey(headers = {}, shown = kept) {
  return shown === "" ? headers : { ...headers, Authorization: `Bearer ${shown}` };
}

/** A browser sets no other field of a WebSocket's request than the names of protocols. */
export function subprotocols() {
  return kept === "" ? [] : ["og.v1", `og.key.${kept}`];
}
