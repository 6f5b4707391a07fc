import Glibc

/// StoreProgram, run as a process of its own: it lies beside the test bundle.
final class StoreProcess {
  private let process: pid_t
  private let input: UnsafeMutablePointer<FILE>
  private let output: UnsafeMutablePointer<FILE>
  private var hasEnded = false

  struct NotStarted: Error { let code: Int32 }

  /// - Parameter prefix: a program, with its arguments, that runs it.
  init(_ arguments: [String], under prefix: [String] = []) throws {
    var (read, write): ([Int32], [Int32]) = ([0, 0], [0, 0])
    // Others that are started meanwhile must not keep the pipes open.
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &read) == 0, socketpair(AF_UNIX, kind, 0, &write) == 0 else {
      throw NotStarted(code: errno)
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, read[0], 0)
    posix_spawn_file_actions_adddup2(&actions, write[1], 1)
    let command = prefix + [try Self.program()] + arguments
    var process = pid_t()
    let copies: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    let status = posix_spawnp(&process, command[0], &actions, nil, copies, environ)
    close(read[0])
    close(write[1])
    guard status == 0, let input = fdopen(read[1], "w"), let output = fdopen(write[0], "r") else {
      throw NotStarted(code: status)
    }
    (self.process, self.input, self.output) = (process, input, output)
  }

  deinit {
    if !hasEnded { kill() }
    fclose(input)
    fclose(output)
  }

  var id: Int32 { process }

  /// The next line; nil behind the last.
  func line() -> String? {
    var line: UnsafeMutablePointer<CChar>?
    var size = 0
    let count = getline(&line, &size, output)
    defer { free(line) }
    guard count > 0, let line else { return nil }
    let text = String(cString: line)
    return text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  /// Ends it as a loss of power does, but for the system's memory.
  func kill() {
    Glibc.kill(process, SIGKILL)
    wait()
  }

  /// Lets it end by itself.
  func end() {
    fflush(input)
    // Not closed: the number may be another file's before the stream is.
    shutdown(fileno(input), Int32(SHUT_WR))
    wait()
  }

  private func wait() {
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1, errno == EINTR {}
    hasEnded = true
  }

  private static func program() throws -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    guard count > 0 else { throw NotStarted(code: errno) }
    let path = String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/StoreProgram"
  }
}
