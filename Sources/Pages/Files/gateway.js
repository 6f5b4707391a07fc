// The gateway's routes, found from where this script came from: a path may stand before all of them.

import { key, withKey } from "./credential.js";
import { refusal } from "./words.js";

const base = new URL("../", import.meta.url);

let didRefuse = () => {};

/** `status` is 0 where there was no answer; the message is for people. */
export class GatewayError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export function address(path) {
  return new URL(path, base);
}

export function socketAddress(path, parameters) {
  const url = address(path);
  url.protocol = url.protocol.replace("http", "ws");
  url.search = new URLSearchParams(parameters);
  return url.href;
}

/** Calls `handler(key)` where the gateway does not take who a request says it is by; "" is no key: a cookie, or nothing. */
export function whenRefused(handler) {
  didRefuse = handler;
}

/** Asks for the page: with it a gateway that was started anew gives a cookie that it knows. */
export function renewCookie() {
  return fetch(base, { headers: { accept: "text/html" } }).catch(() => {});
}

/** The JSON that a route answers; throws a `GatewayError`. */
export async function fetchJSON(path, options) {
  return (await fetchAny(path, options)).json();
}

export async function fetchText(path) {
  return (await fetchAny(path)).text();
}

/** The JSON of a route that is for some only; null for all others, who are not asked for a key by it. */
export async function fetchIfAllowed(path) {
  try {
    return await (await ask(path, { headers: withKey() })).json();
  } catch (error) {
    if (error.status === 401 || error.status === 403) return null;
    throw error;
  }
}

export async function fetchBlob(path) {
  return (await fetchAny(path)).blob();
}

/** Why the gateway does not take a key, as a `GatewayError`; null if it does. Ollama's own paths say it in the most words. */
export async function faultOf(shown) {
  try {
    await ask("api/version", { headers: withKey({}, shown), cache: "no-store" });
  } catch (error) {
    // An Ollama that does not answer is no fault of the key.
    return [0, 400, 401, 403, 429].includes(error.status) ? error : null;
  }
  return null;
}

/**
 * The JSON that a route of sign-in answers, null where it says nothing; throws a `GatewayError`. What it refuses is for who has called: nobody
 * is asked to come in by it. `shown` is the key that goes along.
 */
export async function fetchSignIn(path, { method = "GET", body, shown = "" } = {}) {
  const headers = withKey(body === undefined ? {} : { "Content-Type": "application/json" }, shown);
  const response = await ask(path, { method, headers, cache: "no-store", ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  return response.json().catch(() => null);
}

async function fetchAny(path, options = {}) {
  const shown = key();
  try {
    return await ask(path, { ...options, headers: withKey(options.headers) });
  } catch (error) {
    if (error.status === 401) didRefuse(shown);
    throw error;
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(address(path), options);
  } catch {
    throw new GatewayError(0, "The gateway does not answer.");
  }
  if (response.ok) return response;
  const { detail, error } = await response.json().catch(() => ({}));
  const said = detail ?? error ?? `The gateway answered with status ${response.status}.`;
  const seconds = response.status === 429 ? Number(response.headers.get("retry-after")) : 0;
  throw new GatewayError(response.status, refusal(said, seconds));
}
