import GatewayTesting
import Glibc

/// The built program, run as a process of its own. What it writes to standard output and standard error goes to files.
final class ProgramRun {
  private let folder = TemporaryFolder()
  private let outputPath: String
  /// Of the file with what it writes to standard error.
  let errorPath: String
  private let process: pid_t
  private var status: Int32?

  /// Starts the program with these arguments and nothing but these variables in its environment.
  ///
  /// - Parameter prefix: a program, with its arguments, that becomes it.
  init(_ arguments: [String], environment: [String: String] = [:], under prefix: [String] = []) throws {
    outputPath = folder.path + "/out"
    errorPath = folder.path + "/err"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    var process = pid_t()
    let command = prefix + [try Self.programPath()] + arguments
    let status = Self.withCStrings(command) { argv in
      Self.withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawnp(&process, command[0], &actions, nil, argv, environment)
      }
    }
    guard status == 0 else { throw NotStarted(status: status) }
    self.process = process
  }

  deinit {
    guard status == nil else { return }
    kill(process, SIGKILL)
    _ = wait()
  }

  struct NotStarted: Error { let status: Int32 }

  /// The process.
  var id: pid_t { process }

  var output: String { Self.text(outputPath) }
  var errors: String { Self.text(errorPath) }

  /// Waits until standard error has the text, or the program has ended.
  func waitForError(_ text: String) async throws {
    while !errors.contains(text), !hasEnded(options: WNOHANG) { try await Task.sleep(for: .milliseconds(5)) }
  }

  func signal(_ signal: Int32) { kill(process, signal) }

  /// The program's exit code, once it has ended; 128 and the signal where one killed it.
  func wait() -> Int32 {
    while !hasEnded(options: 0) {}
    return status ?? -1
  }

  private func hasEnded(options: Int32) -> Bool {
    if status != nil { return true }
    var raw: Int32 = 0
    guard waitpid(process, &raw, options) == process else { return false }
    status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
    return true
  }

  /// The program lies beside the test bundle.
  private static func programPath() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw NotStarted(status: errno) }
    let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/ollama-gateway"
  }

  private static func text(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
