internal import Glibc

/// Writes a batch of log lines to a descriptor. Blocks.
enum LogWriter {
  /// Writes all bytes.
  ///
  /// - Parameters:
  ///   - isGivingUp: asked while a non-blocking descriptor takes nothing.
  /// - Returns: false when the descriptor is dead (`EPIPE`, `EBADF`, `ENOSPC`, …) or was given up.
  static func write(_ bytes: [UInt8], to descriptor: Int32, isGivingUp: () -> Bool) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        let count = Glibc.write(descriptor, buffer.baseAddress! + sent, buffer.count - sent)
        if count >= 0 {
          sent += count
          continue
        }
        switch errno {
        case EINTR: continue
        case EAGAIN:
          // Somebody else made the descriptor non-blocking: terminals and pipes are shared.
          guard waitUntilWritable(descriptor) || !isGivingUp() else { return false }
        default: return false
        }
      }
      return true
    }
  }

  /// Waits a tenth of a second at most. True when it is worth to try again.
  private static func waitUntilWritable(_ descriptor: Int32) -> Bool {
    var watched = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&watched, 1, 100) > 0
  }
}
