internal import System

/// An exchange in progress on a ``ScriptedConnection``: the request as far as it has come, and how far its script is.
final class ScriptedExchange {
  /// What a script waits for before it goes on.
  enum Wait: Equatable {
    case timer
    case gate(String)
    case body
    case nextRequest
    case liveResponse
    case forever
  }

  var request: ScriptedOllama.Request
  let closesConnection: Bool
  /// The client waits for `100 Continue` before it sends the body.
  var awaitsContinue: Bool
  var steps: [Script.Step]?
  var step = 0
  var wait: Wait?
  /// The next piece of a `repeat` step, and when it is due.
  var piece = 0
  var beat = MonotonicTime(nanoseconds: 0)
  var bytesSent = 0
  var hasEnded = false

  var number: Int { request.number }

  init(request: ScriptedOllama.Request) {
    self.request = request
    let headers = request.headers
    closesConnection =
      headers.list("Connection", has: "close")
      || request.version == "HTTP/1.0" && !headers.list("Connection", has: "keep-alive")
    awaitsContinue = headers.list("Expect", has: "100-continue")
  }

  /// Tells a response that is made meanwhile that nobody reads it any more.
  func leaveLiveResponse() {
    for case .live(let response) in (steps ?? []).lazy.map(\.action) { response.leave() }
  }

  func receive(_ bytes: [UInt8], limit: Int) {
    request.body.count += bytes.count
    request.body.digest.update(bytes)
    let room = limit - request.body.bytes.count
    if room > 0 { request.body.bytes += bytes.prefix(room) }
  }
}
