import GatewayTesting
import Glibc

/// The built program as a process of its own: for figures that a test process full of other tests cannot give.
final class GatewayProcess {
  let port: UInt16
  private let process: pid_t
  private let log: UnsafeMutablePointer<FILE>
  private var hasEnded = false

  struct ProcessError: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts it in front of the Ollama on this port of 127.0.0.1, and waits until it is ready.
  ///
  /// - Parameters:
  ///   - descriptors: its limit of open descriptors, hard and soft; nil: that of the test process.
  ///   - listen: where it is told to listen; nowhere: then it is not told.
  ///   - sockets: listening sockets that it is passed as a service manager does.
  ///   - notify: the service manager's socket.
  ///   - before: shell commands that come first, with `&&` behind each.
  ///   - isJournal: whether it is told that its standard output is the journal; ``errors`` has that too.
  static func start(
    ollama: UInt16?, _ options: [String] = ["--log-level", "warning"], descriptors: Int? = nil,
    listen: String? = "127.0.0.1:0", sockets: [Int32] = [], notify: String? = nil, before: String = "",
    isJournal: Bool = false
  ) async throws -> GatewayProcess {
    guard let log = tmpfile() else { throw ProcessError(description: "tmpfile: \(errno)") }
    let serve =
      (listen.map { ["--listen", $0] } ?? []) + (ollama.map { ["--ollama", "http://127.0.0.1:\($0)"] } ?? [])
      + ["--workers", "2"] + options
    // Without a state directory sessions are in memory: each process has its own.
    var start =
      "unset HOME XDG_STATE_HOME STATE_DIRECTORY && " + before
      + (descriptors.map { "ulimit -n \($0) && " } ?? "")
    // The shell's id becomes the program's.
    if !sockets.isEmpty { start += "export LISTEN_PID=$$ LISTEN_FDS=\(sockets.count) && " }
    if let notify { start += "export NOTIFY_SOCKET=\(notify) WATCHDOG_USEC=3000000 && " }
    if isJournal { start += "export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) && " }
    // `$0` and `$@` of sh -c: the program and its arguments.
    let process = try spawn(
      ["/bin/sh", "-c", start + #"exec "$0" "$@""#, try programPath()] + serve, log, sockets,
      isJournal: isJournal)
    var port: UInt16?
    do {
      try await eventually("the program is listening", state: { text(of: log) }) {
        guard waitpid(process, nil, WNOHANG) == 0 else { throw ProcessError(description: text(of: log)) }
        port = listeningPort(of: process)
        return port != nil
      }
    } catch {
      kill(process, SIGKILL)
      throw error
    }
    return GatewayProcess(process, port!, log)
  }

  private init(_ process: pid_t, _ port: UInt16, _ log: UnsafeMutablePointer<FILE>) {
    self.process = process
    self.port = port
    self.log = log
  }

  deinit {
    if !hasEnded {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    fclose(log)
  }

  /// What it has written to standard error.
  var errors: String { Self.text(of: log) }

  func signal(_ signal: Int32) { kill(process, signal) }

  /// Sets how many descriptors it may have from now on; those that it has stay.
  func limitDescriptors(to count: Int) throws {
    // Its own library function is not among those that Swift imports.
    let shell = try Self.spawn(
      ["/bin/sh", "-c", "prlimit --pid \(process) --nofile=\(count):"], log, [], isJournal: false)
    var status: Int32 = 0
    guard waitpid(shell, &status, 0) == shell, status == 0 else { throw ProcessError(description: errors) }
  }

  /// Stops it in order.
  ///
  /// - Returns: its exit code, or 128 and the signal that killed it.
  func stop() async throws -> Int32 {
    kill(process, SIGTERM)
    var status: Int32 = 0
    try await eventually("the program ends", state: { errors }) { [process] in
      waitpid(process, &status, WNOHANG) == process
    }
    hasEnded = true
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  // MARK: Figures

  /// Open descriptors.
  var descriptors: Int { Self.entries(of: "/proc/\(process)/fd").count }

  /// Resident memory in bytes (proc(5)).
  var residentBytes: Int {
    let pages = Self.read("/proc/\(process)/statm").split(separator: " ").dropFirst().first.flatMap {
      Int($0)
    }
    return (pages ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// How often its workers have gone to sleep of their own accord, together: a loop that spins never does.
  var sleeps: Int {
    Self.entries(of: "/proc/\(process)/task").reduce(0) { sum, thread in
      let folder = "/proc/\(process)/task/\(thread)"
      guard Self.read(folder + "/comm").hasPrefix("worker-") else { return sum }
      let line = Self.read(folder + "/status").split(separator: "\n").first { $0.hasPrefix("voluntary_ctxt") }
      return sum + (line?.split(separator: "\t").last.flatMap { Int($0) } ?? 0)
    }
  }

  /// The port of the first TCP socket of the process that listens: proc(5), `/proc/net/tcp`, state 0A.
  private static func listeningPort(of process: pid_t) -> UInt16? {
    var inodes: Set<Substring> = []
    for descriptor in entries(of: "/proc/\(process)/fd") {
      let link = target(of: "/proc/\(process)/fd/\(descriptor)")
      if link.hasPrefix("socket:[") { inodes.insert(Substring(link.dropFirst(8).dropLast())) }
    }
    for line in read("/proc/\(process)/net/tcp").split(separator: "\n").dropFirst() {
      let columns = line.split(separator: " ")
      guard columns.count > 9, columns[3] == "0A", inodes.contains(columns[9]) else { continue }
      return columns[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) }
    }
    return nil
  }
}

// MARK: - Processes and files

extension GatewayProcess {
  private static func spawn(
    _ arguments: [String], _ log: UnsafeMutablePointer<FILE>, _ sockets: [Int32], isJournal: Bool
  ) throws -> pid_t {
    // Out of the way of the places where they are passed.
    let copies = sockets.map { fcntl($0, F_DUPFD_CLOEXEC, 500) }
    defer { for copy in copies { close(copy) } }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, fileno(log), 2)
    if isJournal { posix_spawn_file_actions_adddup2(&actions, fileno(log), 1) }
    for (index, copy) in copies.enumerated() {
      posix_spawn_file_actions_adddup2(&actions, copy, 3 + Int32(index))
    }
    // What other tests have open without close-on-exec is not the program's: its own port could not be told from theirs.
    for name in entries(of: "/proc/self/fd") {
      if let open = Int32(name), open >= 3 + Int32(copies.count) {
        posix_spawn_file_actions_addclose(&actions, open)
      }
    }
    let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let status = posix_spawn(&process, arguments[0], &actions, nil, words, environ)
    guard status == 0 else { throw ProcessError(description: "posix_spawn: \(status)") }
    return process
  }

  /// The program lies beside the test bundle.
  private static func programPath() throws -> String {
    let path = target(of: "/proc/self/exe")
    guard let slash = path.lastIndex(of: "/") else { throw ProcessError(description: "no /proc/self/exe") }
    return path[..<slash] + "/ollama-gateway"
  }

  private static func target(of link: String) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer in
      let count = readlink(link, buffer.baseAddress!, buffer.count - 1)
      buffer[max(0, count)] = 0
      return String(cString: buffer.baseAddress!)
    }
  }

  private static func text(of file: UnsafeMutablePointer<FILE>) -> String {
    read("/proc/self/fd/\(fileno(file))")
  }

  private static func read(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while true {
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
        count = max(0, Glibc.read(descriptor, buffer.baseAddress!, buffer.count))
      }
      guard !piece.isEmpty else { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece
    }
  }

  private static func entries(of folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
