import Testing
import WebSocket

@testable import ChatClient

@Suite struct UpgradeResponseTests {
  /// Gives a response to the one who asks, cut behind each so many bytes.
  private func error(_ response: String, hasKey: Bool = false, pieces: Int = 7) -> ChatLinkError? {
    var upgrade = UpgradeResponse()
    do {
      for piece in Array(response.utf8).chunked(pieces) {
        var bytes = piece
        let isWhole = try bytes.withUnsafeMutableBytes { buffer in
          var input = buffer
          return try upgrade.take(&input)
        }
        if isWhole { break }
      }
      guard upgrade.isHeadWhole else { return nil }
      try upgrade.check(ClientHandshake(), hasKey: hasKey)
    } catch {
      return error as? ChatLinkError
    }
    return nil
  }

  private func refusal(_ status: String, _ body: String, fields: String = "", length: Int? = nil) -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: \(length ?? body.utf8.count)\r\n\(fields)\r\n\(body)"
  }

  @Test(arguments: [1, 7, 10_000])
  func aKeyIsAskedFor(pieces: Int) throws {
    let response = refusal("401 Unauthorized", #"{"detail":"Could not validate credentials"}"#)
    let missing = try #require(error(response, pieces: pieces))
    #expect(missing.isFinal)
    #expect(missing.reason.contains("--key-file FILE, or OLLAMA_GATEWAY_KEY"))
    let wrong = try #require(error(response, hasKey: true, pieces: pieces))
    #expect(wrong.isFinal)
    #expect(wrong.reason.contains("does not take the key"))
  }

  @Test(arguments: [1, 10_000])
  func whatIsForbiddenIsSaidInItsWords(pieces: Int) throws {
    let response = refusal("403 Forbidden", #"{"detail":"this key lacks the scope chat"}"#)
    let forbidden = try #require(error(response, hasKey: true, pieces: pieces))
    #expect(forbidden == ChatLinkError(reason: "this key lacks the scope chat", isFinal: true))
  }

  @Test func aLimitSaysWhen() throws {
    let limited = error(
      refusal(
        "429 Too Many Requests", #"{"detail":"rate limit: 2 websockets"}"#, fields: "Retry-After: 12\r\n"))
    #expect(
      limited
        == ChatLinkError(reason: "rate limit: 2 websockets; try again in 12 s", retryAfter: .seconds(12)))
  }

  /// A proxy's own page, a body that is cut off or too long, numbers of any size.
  @Test(arguments: [
    "", "<html>", "{", "[]", #"{"detail":1}"#, #"{"detail":""# + String(repeating: "x", count: 5000) + "\"}",
  ])
  func whatSaysNothingIsToldByItsStatus(_ body: String) throws {
    #expect(error(refusal("403 Forbidden", body))?.reason == "it answers with status 403 Forbidden")
    #expect(error(refusal("403 Forbidden", body, length: body.utf8.count + 1), pieces: 9)?.isFinal == true)
    for number in ["-1", "99999999999999999999", "Wed, 21 Oct 2026 07:28:00 GMT", ""] {
      let limited = error(refusal("429 Too Many", body, fields: "Retry-After: \(number)\r\n"))
      #expect(limited == ChatLinkError(reason: "it answers with status 429 Too Many"), "\(number)")
      let endless = "HTTP/1.1 403 No\r\nContent-Length: \(number)\r\n\r\n"
      #expect(error(endless)?.reason == "it answers with status 403 No", "\(number)")
    }
  }

  @Test func aGatewayThatGoesDownMayBeBack() {
    #expect(error(refusal("503 Service Unavailable", ""))?.isFinal == false)
    #expect(error(refusal("404 Not Found", ""))?.isFinal == true)
    #expect(error("SSH-2.0-OpenSSH\r\n\r\n")?.isFinal == true)
  }
}

extension [UInt8] {
  fileprivate func chunked(_ size: Int) -> [[UInt8]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}
