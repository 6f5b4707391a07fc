internal import CZstd

/// Why content could not be unpacked.
public enum ZstandardError: Error, Equatable, Sendable, CustomStringConvertible {
  /// It is no zstd.
  case malformed
  /// Its window is larger than ``ZstandardDecoder/largestWindow``.
  case windowTooLarge
  case noMemory

  init(code: ZSTD_ErrorCode) {
    switch code {
    case ZSTD_error_frameParameter_windowTooLarge: self = .windowTooLarge
    case ZSTD_error_memory_allocation: self = .noMemory
    default: self = .malformed
    }
  }

  /// One sentence without its end.
  public var description: String {
    switch self {
    case .malformed: "it is not zstd, or not all of it"
    case .windowTooLarge: "its window is over \(ZstandardDecoder.largestWindow >> 20) MiB"
    case .noMemory: "there is no memory for it"
    }
  }
}
