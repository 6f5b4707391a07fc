import Configuration
import GatewayTesting
import Glibc
import HTTPServer
import Testing

/// Whether processes of other users can be started.
private let canChangeUsers =
  geteuid() == 0
  && system("setpriv --reuid 4001 --regid 4001 --clear-groups curl --version >/dev/null 2>&1") == 0

/// Who is believed on a UNIX socket that everybody may open: real processes of other users, for which the test must be root.
@Suite(
  .serialized,
  .enabled(if: canChangeUsers, "needs root, to run clients as other users (setpriv, curl)"))
struct UnixPeerTests {
  /// No group that this machine knows.
  private static let group: gid_t = 4242

  /// A peer, by the options of setpriv(1).
  private struct Peer: CustomTestStringConvertible {
    let testDescription: String
    let options: String
    let isBelieved: Bool

    init(_ name: String, _ options: String, isBelieved: Bool) {
      (testDescription, self.options, self.isBelieved) = (name, options, isBelieved)
    }
  }

  private static let peers = [
    Peer("root", "--reuid 0 --regid 0 --clear-groups", isBelieved: true),
    Peer("primary group", "--reuid 4001 --regid 4242 --clear-groups", isBelieved: true),
    Peer("supplementary group", "--reuid 4001 --regid 4001 --groups 7,4242,9", isBelieved: true),
    Peer(
      "many groups",
      "--reuid 4001 --regid 4001 --groups 4242,\((5000...5200).map(String.init).joined(separator: ","))",
      isBelieved: true),
    Peer("another user", "--reuid 4001 --regid 4001 --clear-groups", isBelieved: false),
    Peer("other groups", "--reuid 4001 --regid 4001 --groups 7,9,4243", isBelieved: false),
    Peer("a user of the group's number", "--reuid 4242 --regid 4001 --clear-groups", isBelieved: false),
    Peer("nobody", "--reuid 65534 --regid 65534 --clear-groups", isBelieved: false),
  ]

  /// A socket as ollama-gateway.socket makes it, but that its mode lets everybody in.
  private static func listeningSocket(at path: String) throws -> Int32 {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
    let status = withUnsafeBytes(of: &name) {
      bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
    }
    try #require(status == 0 && chown(path, 0, group) == 0 && chmod(path, 0o666) == 0)
    try #require(listen(descriptor, 16) == 0)
    return descriptor
  }

  /// What curl prints.
  private static func curl(_ path: String, as peer: Peer, _ arguments: String) async throws -> String {
    let command =
      "setpriv \(peer.options) curl --silent --max-time 100 --output /dev/null --unix-socket \(path) \(arguments)"
    return try await TestThread.run {
      let pipe = try #require(popen(command, "r"))
      var text = [UInt8](repeating: 0, count: 4096)
      let count = fread(&text, 1, text.count, pipe)
      pclose(pipe)
      return String(decoding: text[..<count], as: UTF8.self)
    }
  }

  private static func status(_ path: String, as peer: Peer, _ field: String = "X-Nothing: 1") async throws
    -> String
  {
    try await curl(
      path, as: peer, "-w '%{http_code}' -H '\(field)' http://localhost/api/v1/chat/connections")
  }

  @Test func theGroupIsBelievedAndOthersAreServed() async throws {
    let path = "/tmp/peers-\(getpid()).sock"
    let descriptor = try Self.listeningSocket(at: path)
    defer { unlink(path) }
    let ollama = try ScriptedOllama()
    defer { ollama.stop() }
    let gateway = try await RunningGateway(ollama: ollama.port, passed: [descriptor]) { _ in }
    for peer in Self.peers {
      #expect(
        try await Self.status(path, as: peer) == "200", "\(peer.testDescription): a program of this machine")
      let believed = peer.isBelieved ? "200" : "403"
      #expect(
        try await Self.status(path, as: peer, "X-Forwarded-For: 127.0.0.1") == believed,
        "\(peer.testDescription) asks for this machine")
      #expect(try await Self.status(path, as: peer, "X-Forwarded-For: 203.0.113.9") == "403")
      #expect(try await Self.status(path, as: peer, "Via: 1.1 proxy") == "403")
      let id = try await Self.curl(
        path, as: peer,
        "-w '%header{x-request-id}' -H 'X-Request-Id: mine' -H 'X-Forwarded-For: 203.0.113.9' "
          + "http://localhost/api/tags")
      #expect((id == "mine") == peer.isBelieved, "\(peer.testDescription): \(id)")
      #expect(
        ollama.requests.last?.headers["X-Forwarded-For"] == (peer.isBelieved ? "203.0.113.9" : "unknown"))
    }
    #expect(gateway.log.contains("a proxy on a UNIX socket is not believed"))
    await gateway.stop()
  }

  /// One that the gateway makes itself (`--listen unix:`).
  @Test func theGatewaysOwnSocketIsForItsGroup() async throws {
    let path = "/tmp/own-\(getpid()).sock"
    try await withGateway({ $0.listen = [ListenAddress("unix:\(path)")!] }) { _, _ in
      var status = stat()
      try #require(stat(path, &status) == 0)
      #expect(status.st_mode & 0o7777 == 0o660, "whatever the umask")
      let stranger = try #require(Self.peers.first { $0.testDescription == "another user" })
      #expect(try await Self.status(path, as: stranger) == "000", "it may not connect")
      let root = try #require(Self.peers.first)
      #expect(try await Self.status(path, as: root, "X-Forwarded-For: 127.0.0.1") == "200")
    }
  }
}
