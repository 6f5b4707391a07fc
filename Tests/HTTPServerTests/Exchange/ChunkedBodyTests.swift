import GatewayTesting
import Glibc
import HTTPFields
import System
import Testing

@testable import HTTPServer

/// Bodies that come in chunks (RFC 9112 section 7.1).
@Suite struct ChunkedBodyTests {
  private static let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

  private func run(_ text: String) async throws -> String {
    let reply = Lock("")
    try await withServer { exchange in
      exchange.collectBody(limit: 1 << 20) { exchange.respond(.text("got \($0.count)")) }
    } run: { server in
      let received = try await TestClient.run(server.port) { connection in
        do { try connection.send(text) } catch TestClientError.cannotSend {}
        return try connection.readToEnd()
      }
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
      reply.withLock { $0 = received }
    }
    return reply.withLock { $0 }
  }

  /// What follows the last chunk is not taken for another request.
  @Test(arguments: ["5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\nX: y\r\n\r\n", "0\r\n\r\n"])
  func theConnectionCloses(_ body: String) async throws {
    let reply = try await run(Self.head + body + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(reply.count(of: "HTTP/1.1 ") == 1, "\(reply)")
    #expect(reply.hasPrefix("HTTP/1.1 200 "))
    #expect(reply.contains("\r\nConnection: close\r\n"))
  }

  /// A chunk's line that the library has no room for: it would wait for ever.
  @Test(arguments: [20_000, 30_000, 2_000_000]) func aLongChunkExtension(_ size: Int) async throws {
    for body in ["5;", "5\r\nhello\r\n5;", "5\r\nhello\r\n0;"] {
      let reply = try await run(Self.head + body + String(repeating: "a", count: size) + "\r\n")
      #expect(reply.count(of: "HTTP/1.1 ") == 1, "\(reply)")
      #expect(reply.hasPrefix("HTTP/1.1 431 "), "\(reply)")
    }
  }

  /// Of a request that is not the first, and whose head came in pieces: libmicrohttpd no longer watches the connection.
  @Test func aLongChunkExtensionLater() async throws {
    try await withServer {
      $0.respond(.text("ok"))
    } run: { server in
      let reply = try await TestClient.run(server.port) { connection in
        #expect(try connection.get("/").status == 200)
        try connection.send(String(Self.head.prefix(30)))
        usleep(5000)
        do {
          try connection.send("\(Self.head.dropFirst(30))5;\(String(repeating: "a", count: 100_000))")
        } catch TestClientError.cannotSend {}
        return try connection.readToEnd()
      }
      #expect(reply.hasPrefix("HTTP/1.1 431 "), "\(reply)")
      try await eventually("the server has forgotten it") { await server.connectionCount == 0 }
    }
  }

  /// A line that just fills the memory, and then nothing: the loop goes on sleeping, and the server can be closed.
  @Test(arguments: [false, true]) func aLineThatStandsStill(_ isLater: Bool) async throws {
    let client = Lock<TestClient?>(nil)
    try await withServer {
      $0.respond(.text("ok"))
    } run: { server in
      let standing = try await TestClient.connect(server.port)
      client.withLock { $0 = standing }
      try await standing.perform { connection in
        if isLater {
          #expect(try connection.get("/").status == 200)
          try connection.send(String(Self.head.prefix(30)))
          usleep(5000)
          try connection.send("\(Self.head.dropFirst(30))5;\(String(repeating: "a", count: 16_000))")
        } else {
          try connection.send(Self.head + "5;" + String(repeating: "a", count: 16_000))
        }
      }
      try await eventually("its request has begun") {
        server.record.withLock { $0.began } == (isLater ? 2 : 1)
      }
      let response = try await TestClient.get(server.port, "/")
      #expect(response.status == 200)
    }
  }

  /// A body that comes slowly, and one that waits for its handler, are none of that.
  @Test func slowChunks() async throws {
    try await withServer { exchange in
      exchange.collectBody(limit: 1 << 20) { exchange.respond(.text("got \($0.count)")) }
    } run: { server in
      let text = try await TestClient.run(server.port) { connection in
        try connection.sendRequest("POST", "/", ["Transfer-Encoding": "chunked"])
        for _ in 0..<40 {
          try connection.sendChunk(String(repeating: "a", count: 10_000))
        }
        try connection.endChunks()
        return try connection.readResponse().text
      }
      #expect(text == "got 400000")
    }
  }
}
