import Glibc

/// The place for what a chat prints.
enum StandardOutput {
  /// Writes all of a text, at once and unbuffered. Blocks: whoever reads slowly holds the chat up, and the gateway keeps
  /// the answer meanwhile. A reader that has gone ends the program by SIGPIPE.
  static func write(_ text: [UInt8]) {
    var bytes = text[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        guard errno == EAGAIN else { return }
        var poll = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        _ = Glibc.poll(&poll, 1, -1)
      }
      bytes = bytes.dropFirst(max(0, count))
    }
  }
}
