internal import Bytes

/// What names a request in logs, responses and towards Ollama: the X-Request-Id header.
public enum RequestID: Sendable {
  /// The name that a trusted proxy has given it.
  case taken(String)
  /// A new one, by the text of a trace's id: that is made where it is wanted, and is no String for each request.
  case made(TraceID)

  /// May a client's own id be taken over? 1-128 visible ASCII characters (0x21-0x7E): it goes into headers and logs.
  public static func isAcceptable(_ id: String) -> Bool {
    let bytes = id.utf8
    return (1...128).contains(bytes.count) && bytes.allSatisfy(ASCII.isVisible)
  }

  /// Calls `body` with the id's text. Allocates nothing.
  public func withText(_ body: (UnsafeRawBufferPointer) -> Void) {
    switch self {
    case .taken(var text): text.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    case .made(let id):
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: TraceID.length) { buffer in
        id.write(to: buffer)
        body(UnsafeRawBufferPointer(buffer))
      }
    }
  }
}

extension RequestID: CustomStringConvertible {
  /// As headers and logs have it.
  public var description: String {
    switch self {
    case .taken(let text): text
    case .made(let id): id.description
    }
  }
}
