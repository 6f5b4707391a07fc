/// The server that a request goes to: scheme, host and port, as a URL begins with them.
public struct ServerOrigin: Sendable, Hashable {
  /// Two of the same server that were made apart are equal, and compared byte by byte.
  let text: [UInt8]

  /// - Parameter text: such as `http://127.0.0.1:11434`, without a slash at its end.
  public init(_ text: String) { self.text = Array(text.utf8) }

  init(bytes: some Sequence<UInt8>) { text = Array(bytes) }
}
