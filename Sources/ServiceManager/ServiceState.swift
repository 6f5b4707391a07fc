public import System

/// One thing that a service tells its manager: an assignment of sd_notify(3).
public enum ServiceState: Sendable, Equatable {
  /// It serves, for the first time or again after a reload.
  case ready
  /// It reads its configuration again; ``ready`` follows. The time is that of its beginning: `Type=notify-reload` of
  /// systemd 253 and later tells by it which reload is meant.
  case reloading(since: MonotonicTime)
  /// It has begun to end.
  case stopping
  /// It is alive: the manager's watchdog starts anew.
  case watchdog
  /// It needs more time to end (or to start) than the unit allows, and will say so again within this time.
  case extendTimeout(Duration)
  /// How it is, in one line for `systemctl status`.
  case status(String)

  /// The most bytes of a status line: what is longer is cut.
  static let longestStatus = 1024

  /// The lines of the datagram that this is.
  var lines: [String] {
    switch self {
    case .ready: ["READY=1"]
    case .reloading(let time): ["RELOADING=1", "MONOTONIC_USEC=\(time.nanoseconds / 1000)"]
    case .stopping: ["STOPPING=1"]
    case .watchdog: ["WATCHDOG=1"]
    case .extendTimeout(let time): ["EXTEND_TIMEOUT_USEC=\(max(0, time.wholeNanoseconds / 1000))"]
    case .status(let text): ["STATUS=\(ServiceState.oneLine(text))"]
    }
  }

  /// A line end would begin the next assignment.
  private static func oneLine(_ text: String) -> String {
    var bytes = text.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
    if bytes.count > longestStatus {
      var end = longestStatus
      while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
      bytes.removeSubrange(end...)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
