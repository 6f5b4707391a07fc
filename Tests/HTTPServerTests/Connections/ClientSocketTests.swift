import Glibc
import Testing

@testable import HTTPServer

/// What is sent and received past libmicrohttpd.
@Suite struct ClientSocketTests {
  /// Two ends of one connection, ours non-blocking.
  private static func withPair(_ body: (ClientSocket, ClientSocket) throws -> Void) throws {
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    let (ours, clients) = (ClientSocket(descriptor: ends[0]), ClientSocket(descriptor: ends[1]))
    defer { ours.close() }
    try body(ours, clients)
  }

  private static func send(_ text: String, on socket: ClientSocket) -> Int {
    Array(text.utf8).withUnsafeBytes { socket.send($0) }
  }

  /// The bytes, or nil where none have come; empty at the end.
  private static func take(
    _ socket: ClientSocket, _ receive: (ClientSocket, UnsafeMutableRawBufferPointer) -> ClientSocket.Received
  ) -> String? {
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      switch receive(socket, buffer) {
      case .bytes(let count): String(decoding: buffer[..<count], as: UTF8.self)
      case .nothingYet: nil
      case .end: ""
      }
    }
  }

  @Test func whatIsPeekedAtStays() throws {
    try Self.withPair { ours, clients in
      defer { clients.close() }
      #expect(!ours.hasBytes && Self.take(ours) { $0.receive(into: $1) } == nil)
      #expect(Self.send("hello", on: clients) == 5)
      #expect(ours.hasBytes)
      #expect(Self.take(ours) { $0.peek(into: $1) } == "hello")
      #expect(Self.take(ours) { $0.receive(into: $1) } == "hello")
      #expect(Self.take(ours) { $0.peek(into: $1) } == nil)
    }
  }

  @Test func withoutRoomThereIsNoEnd() throws {
    try Self.withPair { ours, clients in
      defer { clients.close() }
      _ = Self.send("hello", on: clients)
      guard case .nothingYet = ours.peek(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) else {
        Issue.record("nothing fits into nothing")
        return
      }
    }
  }

  @Test func theEnd() throws {
    try Self.withPair { ours, clients in
      _ = Self.send("x", on: clients)
      clients.closeWriting()
      #expect(Self.take(ours) { $0.receive(into: $1) } == "x")
      #expect(Self.take(ours) { $0.receive(into: $1) } == "" && !ours.hasBytes)
      #expect(Self.send("bye", on: ours) == 3)
      #expect(Self.take(clients) { $0.receive(into: $1) } == "bye")
      clients.close()
    }
  }

  /// It raises no signal either.
  @Test func aSocketWhoseClientHasGoneTakesAll() throws {
    try Self.withPair { ours, clients in
      clients.close()
      for _ in 0..<3 { #expect(Self.send("hello", on: ours) == 5) }
    }
  }

  @Test func aFullSocketTakesNone() throws {
    try Self.withPair { ours, clients in
      defer { clients.close() }
      let text = String(repeating: "x", count: 100_000)
      var taken = text.utf8.count
      while taken == text.utf8.count { taken = Self.send(text, on: ours) }
      while taken > 0 { taken = Self.send(text, on: ours) }
      #expect(ours.unacknowledgedBytes > 0)
    }
  }

  @Test func anotherDescriptorOfItOutlivesTheFirst() throws {
    try Self.withPair { ours, clients in
      let other = try clients.duplicate()
      clients.close()
      #expect(Self.send("hello", on: other) == 5)
      #expect(Self.take(ours) { $0.receive(into: $1) } == "hello")
      other.shutDown()
      #expect(Self.take(ours) { $0.receive(into: $1) } == "")
      other.close()
    }
  }
}
