internal import Handling

/// The statuses of failures, in words: the wire contract's table.
enum FailureSummary {
  static func of(_ status: Int) -> String {
    switch status {
    case 400: "The request is malformed."
    case 401: "A key is needed, or this one is not taken; or Ollama asks for credentials."
    case 403:
      "Not allowed: the host, the origin, or what the request would do, by this key or at all; or it is for the session's owner to do."
    case 404: "There is no such path, model or session."
    case 405: "The path does not take this method; `Allow` says which."
    case 408: "The request came too slowly."
    case 409: "It conflicts with what there is."
    case 413: "The body is too large."
    case 415: "The body is not JSON, by its `Content-Type`."
    case 422: "A field has a value that it does not take; `detail` names it."
    case 426: "The version of the WebSocket protocol is not 13."
    case 429: "A limit is reached, too many requests wait already, or the client holds as much as one may."
    case 431: "The header is too large."
    case 500: "Ollama failed."
    case 501: "A `Transfer-Encoding` other than chunked."
    case 502: "Ollama answered nonsense, or broke off."
    case 503: "Ollama cannot be reached, or the gateway is full or going down."
    case 504: "Ollama was silent for too long."
    default: preconditionFailure("no endpoint fails with \(status)")
    }
  }
}
