import GatewayTesting
import Glibc

/// A proxy that ends TLS in front of a gateway, as a process of its own: Python's `ssl`, with certificates of an authority
/// made for it by `openssl`.
final class TLSFront {
  enum Behaviour: String, CaseIterable {
    case plain
    /// Up to TLS 1.2.
    case tls12
    /// Each byte for the client is a record of its own.
    case bytes
    /// What has come for the client goes out together, in records as large as there are.
    case records
    /// The first connection ends after 3,000 bytes for the client, in the middle and without a word.
    case cut
    /// Responds with a redirect.
    case status
    /// The certificate is over, or somebody else's.
    case expired, name
    /// Wants a certificate of the client's, which is there as well.
    case mutual
  }

  let port: UInt16
  /// The authority's certificate.
  var authority: String { folder + "/ca.pem" }
  /// A certificate for a client, and its key.
  var clientCertificate: String { folder + "/client.pem" }
  var clientKey: String { folder + "/client.key" }

  private let folder: String
  private let process: pid_t
  private let output: Int32
  private var isStopped = false

  struct FrontError: Error { let reason: String }

  init(to target: UInt16, _ behaviour: Behaviour = .plain) throws {
    var template = Array("/tmp/gateway-tls-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw FrontError(reason: "no temporary folder") }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw FrontError(reason: "no pipe") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    output = ends[0]
    process = try Self.spawn(
      ["python3", "-c", Self.script, folder, "\(target)", behaviour.rawValue], output: ends[1])
    close(ends[1])
    var text = ""
    while !text.contains("\n") {
      guard let more = Self.read(ends[0]) else { throw FrontError(reason: "python3 or openssl has failed") }
      text += more
    }
    guard let port = UInt16(text.prefix { $0 != "\n" }) else { throw FrontError(reason: text) }
    self.port = port
  }

  /// Ends it, and keeps it until then.
  func stop() {
    guard !isStopped else { return }
    isStopped = true
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
    close(output)
    for name in [
      "ca.key", "ca.pem", "ca.srl", "server.key", "server.csr", "server.pem", "names", "client.key",
      "client.csr",
      "client.pem",
    ] {
      unlink("\(folder)/\(name)")
    }
    rmdir(folder)
  }

  deinit { stop() }

  /// The next lines that it says, up to one that begins so.
  func lines(through prefix: String) throws -> [String] {
    var text = ""
    while true {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      if lines.contains(where: { $0.hasPrefix(prefix) }) { return lines.map(String.init) }
      guard let more = Self.read(output) else { throw FrontError(reason: "it has ended: \(text)") }
      text += more
    }
  }

  private static func read(_ descriptor: Int32) -> String? {
    var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, 60_000) == 1 else { return nil }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  private static func spawn(_ arguments: [String], output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    var process = pid_t()
    let copies: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    let status = posix_spawnp(&process, arguments[0], &actions, nil, copies, environ)
    guard status == 0 else { throw FrontError(reason: "posix_spawnp: \(status)") }
    return process
  }
}
