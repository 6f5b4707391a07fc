import Glibc
import System
import Testing

@testable import ServiceManager

/// What a service manager hears.
@Suite struct NotifySocketTests {
  /// A datagram socket as systemd has one, at a path or under an abstract name.
  private final class Manager {
    let name: String
    private let descriptor: Int32
    private let folder: String

    init(isAbstract: Bool) throws {
      var template = Array("/tmp/service-manager-XXXXXX".utf8CString)
      _ = try #require(mkdtemp(&template))
      folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
      name = isAbstract ? "@" + folder : folder + "/notify"
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let path = isAbstract ? "\0" + folder : name
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let length = MemoryLayout.offset(of: \sockaddr_un.sun_path)! + path.utf8.count
      let status = withUnsafeBytes(of: &address) {
        bind(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(length))
      }
      try #require(status == 0)
    }

    deinit {
      close(descriptor)
      unlink(name)
      rmdir(folder)
    }

    func receive() -> String {
      String(unsafeUninitializedCapacity: 4096) { max(0, recv(descriptor, $0.baseAddress, $0.count, 0)) }
    }
  }

  @Test(arguments: [false, true])
  func aMessageIsOneDatagram(_ isAbstract: Bool) throws {
    let manager = try Manager(isAbstract: isAbstract)
    let socket = try #require(NotifySocket(environment: ["NOTIFY_SOCKET": manager.name]))
    try socket.send([.ready, .status("2 streams")])
    #expect(manager.receive() == "READY=1\nSTATUS=2 streams")
    try socket.send([.watchdog])
    #expect(manager.receive() == "WATCHDOG=1")
  }

  @Test func everyStateIsAsSystemdReadsIt() {
    #expect(ServiceState.ready.lines == ["READY=1"])
    #expect(ServiceState.stopping.lines == ["STOPPING=1"])
    #expect(
      ServiceState.reloading(since: MonotonicTime(nanoseconds: 12_345_678)).lines
        == ["RELOADING=1", "MONOTONIC_USEC=12345"])
    #expect(ServiceState.extendTimeout(.milliseconds(1500)).lines == ["EXTEND_TIMEOUT_USEC=1500000"])
    #expect(ServiceState.extendTimeout(.seconds(-1)).lines == ["EXTEND_TIMEOUT_USEC=0"])
  }

  @Test func aStatusStaysOneLineAndBounded() {
    #expect(ServiceState.status("a\nREADY=1\u{7f}\tb").lines == ["STATUS=a READY=1  b"])
    let long = ServiceState.status("x" + String(repeating: "é", count: 2000)).lines[0].dropFirst(
      "STATUS=".count)
    #expect(long.utf8.count == ServiceState.longestStatus - 1)
    #expect(long.allSatisfy { $0 == "é" || $0 == "x" })
  }

  @Test(arguments: ["", "relative", "@", "vsock:2:1234", "/" + String(repeating: "p", count: 107)])
  func whatIsNoSocketIsNoManager(_ name: String) {
    #expect(NotifySocket(environment: ["NOTIFY_SOCKET": name]) == nil)
    #expect(NotifySocket(environment: [:]) == nil)
  }

  @Test func aManagerThatIsGoneIsAnError() throws {
    let socket = try #require(NotifySocket(environment: ["NOTIFY_SOCKET": "/nowhere/notify"]))
    let error = #expect(throws: SystemCallError.self) { try socket.send([.ready]) }
    #expect(error?.code == ENOENT)
  }
}
