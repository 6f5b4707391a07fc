// A request to the gateway, made of what stands in a form, and the same as a line for the shell.

/**
 * The request of an operation: `{ method, path, headers, body }`.
 *
 * `values` has what was entered by the name of each parameter; `body` is a text, or null; `accept` is the media type
 * that is asked for, or "".
 */
export function makeRequest(operation, values, body, accept = "") {
  const headers = {};
  const query = new URLSearchParams();
  let path = operation.path;
  for (const { name, in: place } of operation.parameters) {
    const value = values[name] ?? "";
    if (place === "path") path = path.replace(`{${name}}`, escapeParameter(value));
    else if (value === "") continue;
    else if (place === "query") query.append(name, value);
    else headers[name] = value;
  }
  if (accept) headers.Accept = accept;
  if (body !== null && operation.body) headers["Content-Type"] = operation.body.type;
  const search = query.toString();
  return {
    method: operation.method, path: search ? `${path}?${search}` : path, headers,
    body: operation.body ? body : null,
  };
}

/** Names of models have slashes, which may stand as they are. */
function escapeParameter(value) {
  return value.split("/").map(encodeURIComponent).join("/");
}

/** The line for a POSIX shell that sends a request. `files` is how curl is to make a body that is no text, if it is. */
export function curlLine(url, { method, headers, body }, { isStream = false, hasKey = false, bodyArguments = [] } = {}) {
  const words = ["curl"];
  if (isStream) words.push("-N");
  if (method === "HEAD") words.push("-I");
  else if (method !== (body === null && bodyArguments.length === 0 ? "GET" : "POST")) words.push("-X", method);
  words.push(quote(url));
  for (const [name, value] of Object.entries(headers)) words.push("-H", quote(`${name}: ${value}`));
  // The key itself is for no screen, and for no list of processes.
  if (hasKey) words.push("-H", '"Authorization: Bearer $OLLAMA_GATEWAY_KEY"');
  if (body !== null) words.push("-d", quote(body));
  words.push(...bodyArguments);
  return words.join(" ");
}

/** A word of a shell's line. Between single quotes everything is itself but the quote. */
export function quote(text) {
  if (/^[A-Za-z0-9_/:.,@%+=-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** JSON with white space for people, or without; as it is, if it is not JSON. */
export function reformatted(text, indent = 0) {
  try {
    return JSON.stringify(JSON.parse(text), null, indent);
  } catch {
    return text;
  }
}
