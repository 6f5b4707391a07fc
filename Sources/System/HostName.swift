internal import Glibc

/// The machine's own name (gethostname(2)).
package enum HostName {
  package static var current: String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
      guard gethostname(buffer.baseAddress!, buffer.count - 1) == 0 else { return nil }
      buffer[buffer.count - 1] = 0
      return String(cString: buffer.baseAddress!)
    }
  }
}
