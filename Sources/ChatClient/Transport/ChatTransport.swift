/// What carries the bytes of a connection. Lives on one loop.
protocol ChatTransport: AnyObject {
  /// The socket.
  var descriptor: Int32 { get }

  /// Whether bytes that it has taken wait for the socket to be writable, and then for ``write(_:)``.
  var hasUnsent: Bool { get }

  /// Reads what has come; to be called until there is nothing.
  ///
  /// - Returns: how many bytes; 0 at the end of the connection, `nil` where there is nothing now.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ChatLinkError) -> Int?

  /// - Returns: how many bytes it has taken.
  func write(_ bytes: UnsafeRawBufferPointer) throws(ChatLinkError) -> Int

  /// Closes the socket; once, after which nothing is called.
  func close()
}

/// Makes the transport of a connection. Lives on one loop, and is used once.
protocol ChatDialer: AnyObject {
  /// - Parameter completion: called on the loop, once, unless ``cancel()`` came before.
  func start(_ completion: @escaping (Result<any ChatTransport, ChatLinkError>) -> Void)

  func cancel()
}
