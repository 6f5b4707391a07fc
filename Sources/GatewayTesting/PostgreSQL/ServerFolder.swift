internal import CLinux
internal import Glibc
internal import System

/// The folder of a PostgreSQL server, and its programs, which run there as the user `postgres` where the tests run as root:
/// PostgreSQL does not as root. Folder and server go with this object.
///
/// A shell waits for that at the end of a pair of sockets, so that they also go where the process of the tests is killed.
final class ServerFolder: Sendable {
  let path: String
  var data: String { "\(path)/data" }
  private let end: Int32

  init() throws {
    var template = Array("/tmp/gateway-pg-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw PostgreSQLServer.Failure(description: "no temporary folder")
    }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    if geteuid() == 0, let user = getpwnam("postgres") {
      chown(path, user.pointee.pw_uid, user.pointee.pw_gid)
    }
    var ends: [Int32] = [-1, -1]
    // Closed in programs from the first moment: one that had it would keep the shell waiting. A pipe cannot be made so from here.
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw PostgreSQLServer.Failure(description: "no sockets")
    }
    end = ends[1]
    // The server by its number alone: it stands in its folder.
    let script =
      #"read x; [ -f "$0/data/postmaster.pid" ] && kill -QUIT $(head -n 1 "$0/data/postmaster.pid"); sleep 1; rm -rf "$0""#
    _ = try Self.spawn(["/bin/sh", "-c", script, path], input: ends[0], output: "/dev/null")
    close(ends[0])
  }

  deinit { close(end) }

  /// Writes a file that the server's user may read.
  func write(_ name: String, _ text: String) throws -> String {
    guard let file = fopen("\(path)/\(name)", "w") else {
      throw PostgreSQLServer.Failure(description: "cannot write \(name)")
    }
    fputs(text, file)
    fclose(file)
    return "\(path)/\(name)"
  }

  /// Adds to a file of the cluster.
  func append(_ text: String, to name: String) throws {
    guard let file = fopen("\(data)/\(name)", "a") else {
      throw PostgreSQLServer.Failure(description: "no \(name)")
    }
    fputs(text, file)
    fclose(file)
  }

  /// What a file here says; empty where it is not there.
  func text(_ name: String) -> String { Self.read("\(path)/\(name)") }

  static func read(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    return String(decoding: (try? BlockingIO.readAll(descriptor, limit: 1 << 20)) ?? [], as: UTF8.self)
  }

  // MARK: Programs

  /// Runs a program to its end, and returns what it has written.
  ///
  /// - Throws: where it failed, with what it has written.
  @discardableResult
  func run(_ arguments: [String], environment: [String] = []) throws -> String {
    let output = "output-\(UInt64.random(in: 0 ... .max))"
    let process = try spawn(arguments, environment: environment, output: output, isWaitedFor: true)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    var text = text(output)
    unlink("\(path)/\(output)")
    guard status == 0 else { throw PostgreSQLServer.Failure(description: "\(arguments): \(text)") }
    while text.utf8.last == UInt8(ascii: "\n") { text.removeLast() }
    return text
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - output: the name of a file here to which it writes.
  ///   - isWaitedFor: by the caller; else a thread does.
  func spawn(
    _ arguments: [String], environment: [String] = [], output: String, isWaitedFor: Bool = false
  ) throws -> pid_t {
    let user = geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] : []
    return try Self.spawn(
      ["env", "--chdir=\(path)", "LC_ALL=C"] + environment + user + arguments, input: nil,
      output: "\(path)/\(output)",
      isWaitedFor: isWaitedFor)
  }

  private static func spawn(
    _ arguments: [String], input: Int32?, output: String, isWaitedFor: Bool = false
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var process = pid_t()
    let copies: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    let status = posix_spawnp(&process, arguments[0], &actions, nil, copies, clinux_environment())
    guard status == 0 else { throw PostgreSQLServer.Failure(description: "\(arguments): \(status)") }
    let child = process
    if !isWaitedFor { TestThread.start { while waitpid(child, nil, 0) < 0, errno == EINTR {} } }
    return child
  }
}
