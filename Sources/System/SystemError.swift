internal import Glibc

/// The system's words for an error number.
package enum SystemError {
  /// "Permission denied" for `EACCES`, and so on (strerror_r(3): safe on any thread).
  package static func text(_ code: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
