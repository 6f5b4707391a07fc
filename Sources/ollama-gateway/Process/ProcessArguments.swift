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

  /// Which of them is no UTF-8: its place, from 1 on. Names of files may be such on the disk, but here a text that stands for another
  /// one would name another file.
  static let malformed: Int? = bytes("/proc/self/cmdline")?.firstIndex {
    String(validating: $0, as: UTF8.self) == nil
  }

  /// - Parameter path: of a file with arguments, behind each of them a zero.
  static func read(_ path: String) -> [String]? {
    bytes(path)?.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func bytes(_ path: String) -> [ArraySlice<UInt8>]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    guard let bytes = try? BlockingIO.readAll(descriptor, limit: limit), bytes.last == 0 else { return nil }
    return bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
  }
}
