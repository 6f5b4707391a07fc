/// What a ``TestClient`` met on the wire that the test did not ask for.
public enum TestClientError: Error, CustomStringConvertible {
  case cannotConnect(String)
  /// Nothing came, or nothing could be sent, for as long as the client waits.
  case timedOut(String)
  /// The connection ended where nothing had begun.
  case closed(Departure)
  /// The connection ended inside a response: here is what there was of it.
  case truncated(TestClient.Response)
  /// The connection broke off while the client sent.
  case cannotSend
  case badMessage(HTTPSyntaxError)

  public var description: String {
    switch self {
    case .cannotConnect(let reason): "cannot connect: \(reason)"
    case .timedOut(let what): "timed out: \(what)"
    case .closed(let departure): "the connection was closed (\(departure)) before a response"
    case .truncated(let response): "the connection ended inside a response: \(response)"
    case .cannotSend: "the connection broke off while sending"
    case .badMessage(let error): "the response is malformed: \(error)"
    }
  }
}
