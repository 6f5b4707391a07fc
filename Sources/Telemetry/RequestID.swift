/// What names a request in logs, responses and towards Ollama: the X-Request-Id header.
public enum RequestID {
  /// May a client's own id be taken over? 1-128 visible ASCII characters (0x21-0x7E): it goes into headers and logs.
  public static func isAcceptable(_ id: String) -> Bool {
    let bytes = id.utf8
    return (1...128).contains(bytes.count) && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}
