internal import Glibc
internal import System

/// A library of `Tests/Preloads`, built for a test, that a program is started with by `LD_PRELOAD`. It is gone with this object.
public final class PreloadLibrary {
  /// Where it is.
  public var path: String { "\(folder.path)/preload.so" }
  private let folder = TemporaryFolder()

  /// The compiler did not build it.
  public struct NotBuilt: Error {
    /// Its exit code, or why it could not be started.
    public let status: Int32
  }

  /// Builds it.
  ///
  /// - Parameter name: of its source, without `.c`.
  public init(_ name: String) throws {
    let source = ProjectFile.path("Tests/Preloads/\(name).c")
    // `clang` comes with Swift, where the system has no compiler of its own.
    for compiler in ["cc", "clang"] {
      switch Self.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, source]) {
      case 0: return
      case ENOENT: continue
      case let status: throw NotBuilt(status: status)
      }
    }
    throw NotBuilt(status: ENOENT)
  }

  private static func run(_ command: [String]) -> Int32 {
    let copies: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    var process = pid_t()
    let failure = posix_spawnp(&process, command[0], nil, nil, copies, environ)
    guard failure == 0 else { return failure }
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    // An exit code of 2 would read as ENOENT.
    return status == 0 ? 0 : 256 + (status >> 8)
  }
}
