internal import CLinux
internal import Glibc
internal import System

/// A PostgreSQL server of a test's own: the system's programs on a new cluster in a temporary folder, where its UNIX socket is as
/// well. It ends with this object, and with the process, however that ends. Safe from any thread; its calls block.
public final class PostgreSQLServer: Sendable {
  /// What has not gone well.
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// The folder of its socket.
  public var socketFolder: String { folder.path }
  private let folder: ServerFolder
  private let programs: String
  private let password: String?
  private let process = Lock<pid_t?>(nil)

  /// Makes a cluster and starts the server. Its superuser is `gateway`.
  ///
  /// - Parameters:
  ///   - settings: of postgresql.conf, beside those that make it small.
  ///   - password: what users must know; nil lets everybody in.
  public init(settings: [String: String] = [:], password: String? = nil) throws {
    programs = try Self.findPrograms()
    folder = try ServerFolder()
    self.password = password
    var arguments = [
      "\(programs)/initdb", "--pgdata=\(folder.data)", "--username=gateway", "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--no-sync",
    ]
    if let password {
      arguments += ["--auth=scram-sha-256", "--pwfile=\(try folder.write("password", password))"]
    } else {
      arguments.append("--auth=trust")
    }
    try folder.run(arguments)
    try folder.append(Self.conf(folder.path, settings), to: "postgresql.conf")
    try start()
  }

  /// Makes a standby of another server, and starts it.
  ///
  /// - Parameter name: by this the other server's `synchronous_standby_names` has it.
  public init(standbyOf primary: PostgreSQLServer, name: String) throws {
    programs = primary.programs
    folder = try ServerFolder()
    password = primary.password
    let source = "host=\(primary.folder.path) user=gateway application_name=\(name)"
    try folder.run([
      "\(programs)/pg_basebackup", "--pgdata=\(folder.data)", "--dbname=\(source)", "--wal-method=stream",
      "--checkpoint=fast", "--write-recovery-conf", "--no-sync",
    ])
    try folder.append(
      "unix_socket_directories = '\(folder.path)'\nprimary_conninfo = '\(source)'\nsynchronous_standby_names = ''\n",
      to: "postgresql.auto.conf")
    try start()
  }

  /// An address of it.
  public func url(_ database: String = "postgres", parameters: String = "") -> String {
    "postgresql://gateway@/\(database)?host=\(folder.path)\(parameters)"
  }

  /// Makes an empty database of a name that no other has, and returns its address.
  public func makeDatabase() throws -> String {
    let name = "test_\(UInt64.random(in: 0 ... .max))"
    _ = try query("CREATE DATABASE \(name)")
    return url(name)
  }

  /// Runs statements as the superuser.
  ///
  /// - Parameter address: of the database; nil is that of administration.
  /// - Returns: what came back: a line a row, without columns' names.
  @discardableResult
  public func query(_ sql: String, at address: String? = nil) throws -> String {
    try folder.run(
      [
        "\(programs)/psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", address ?? url(), "-c",
        sql,
      ],
      environment: password.map { ["PGPASSWORD=\($0)"] } ?? [])
  }

  // MARK: Life

  /// Starts it, and waits until it takes connections.
  public func start() throws {
    // What was killed may be seen for a moment yet, and keeps the next one out.
    let deadline = MonotonicTime.now + .seconds(30)
    while try !launch() {
      guard MonotonicTime.now < deadline else { throw Failure(description: folder.text("log")) }
      usleep(100_000)
    }
  }

  /// - Returns: false where the processes before it are not quite gone.
  private func launch() throws -> Bool {
    // What ended by force left this, and it would be read before it is written anew.
    unlink("\(folder.data)/postmaster.pid")
    unlink("\(folder.path)/log")
    let started = try folder.spawn(["\(programs)/postgres", "-D", folder.data], output: "log")
    let isThere = Self.wait {
      let state = folder.text("data/postmaster.pid").split(separator: "\n").last ?? ""
      return state.hasPrefix("ready") || state.hasPrefix("standby") || Glibc.kill(started, 0) != 0
    }
    if isThere, Glibc.kill(started, 0) == 0 {
      process.withLock { $0 = started }
      return true
    }
    let log = folder.text("log")
    guard log.contains("pre-existing shared memory block") else { throw Failure(description: log) }
    return false
  }

  /// Kills it and all of its processes at once, as a crash of the machine does but for what is in the kernel's memory.
  public func kill() {
    guard let process = take() else { return }
    // So that it makes no new ones meanwhile.
    Glibc.kill(process, SIGSTOP)
    for child in Self.children(of: process) { Glibc.kill(child, SIGKILL) }
    Glibc.kill(process, SIGKILL)
    Self.wait { Glibc.kill(process, 0) != 0 }
  }

  /// Ends it as an administrator does who does not wait for its clients.
  public func stop() {
    guard let process = take() else { return }
    Glibc.kill(process, SIGINT)
    Self.wait { Glibc.kill(process, 0) != 0 }
  }

  /// Stops all of its processes in their tracks: connections stay open, and nobody answers.
  public func pause() { signal(SIGSTOP) }

  /// Lets them go on.
  public func resume() { signal(SIGCONT) }

  /// Makes a standby a primary server.
  public func promote() throws {
    try query("SELECT pg_promote(true, 60)")
  }

  private func signal(_ signal: Int32) {
    guard let process = process.withLock({ $0 }) else { return }
    for child in [process] + Self.children(of: process) { Glibc.kill(child, signal) }
  }

  /// Waits for a condition.
  ///
  /// - Returns: whether it came about.
  @discardableResult
  private static func wait(_ condition: () -> Bool) -> Bool {
    let deadline = MonotonicTime.now + .seconds(120)
    while !condition() {
      guard MonotonicTime.now < deadline else { return false }
      usleep(5000)
    }
    return true
  }

  private func take() -> pid_t? {
    process.withLock { process in
      defer { process = nil }
      return process
    }
  }

  private static func children(of process: pid_t) -> [pid_t] {
    ServerFolder.read("/proc/\(process)/task/\(process)/children").split(separator: " ").compactMap {
      pid_t($0)
    }
  }

  /// Small, and as careful as it is by default. On a machine that is busy many gateways of one run are slow to leave it at once.
  private static func conf(_ folder: String, _ settings: [String: String]) -> String {
    let small = [
      "listen_addresses": "", "unix_socket_directories": folder, "shared_buffers": "16MB",
      "max_connections": "300",
      "max_wal_senders": "4", "max_wal_size": "256MB", "max_worker_processes": "2",
      "max_logical_replication_workers": "0", "log_line_prefix": "%m [%p] ",
    ]
    return small.merging(settings) { $1 }.map { "\($0.key) = '\($0.value)'\n" }.joined()
  }

  /// Debian has each version in a folder of its own, and none of them on the path.
  private static func findPrograms() throws -> String {
    for version in (12...30).reversed() {
      let path = "/usr/lib/postgresql/\(version)/bin"
      if access("\(path)/postgres", X_OK) == 0, access("\(path)/psql", X_OK) == 0 { return path }
    }
    throw Failure(description: "There is no PostgreSQL under /usr/lib/postgresql: apt-get install postgresql")
  }
}
