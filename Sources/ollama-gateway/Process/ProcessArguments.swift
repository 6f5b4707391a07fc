import Glibc
import System

/// What the process was called with.
///
/// Swift's runtime looks for the arguments beside the environment's first variable, and finds none where a library has moved that as
/// it was loaded (by `LD_PRELOAD`, with `setenv`). A gateway that does not know its settings would serve by its defaults: so they
/// are read from where the kernel has them.
enum ProcessArguments {
  /// With the program's name. Those of `CommandLine` where the kernel does not tell: without /proc.
  static let all: [String] = read("/proc/self/cmdline") ?? CommandLine.arguments

  /// The most bytes that the kernel takes for arguments and environment together.
  private static let limit = 8 << 20

  /// - Parameter path: of a file with arguments, behind each of them a zero.
  static func read(_ path: String) -> [String]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = try? BlockingIO.readAll(descriptor, limit: limit), bytes.last == 0 else { return nil }
    return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
