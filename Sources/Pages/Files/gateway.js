// The gateway's routes, found from where this script came from: a path may stand before all of them.

const base = new URL("../", import.meta.url);

/** `status` is 0 where there was no answer; `detail` is for people. */
export class GatewayError extends Error {
  constructor(status, detail) {
    super(detail);
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

async function fetchAny(path, options) {
  let response;
  try {
    response = await fetch(address(path), options);
  } catch {
    throw new GatewayError(0, "The gateway does not answer.");
  }
  if (response.ok) return response;
  const { detail, error } = await response.json().catch(() => ({}));
  throw new GatewayError(response.status, detail ?? error ?? `The gateway answered with status ${response.status}.`);
}
