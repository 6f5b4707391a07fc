import Testing
import WebSocket

@Suite struct CloseFrameTests {
  /// Every code that there is, against the list of RFC 6455 section 7.4 and the registry.
  @Test("Every close code is taken or refused by the RFC") func everyCode() {
    let valid = Set(
      [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014] + Array(3000...4999))
    for code in UInt16.min ... .max {
      let expected: [Received] =
        valid.contains(Int(code)) ? [.close(code, [])] : [.failure(.invalidCloseCode)]
      guard parsed(RawFrame.masked(close: code).bytes) != expected else { continue }
      Issue.record("code \(code)")
    }
  }

  @Test func theNamedCodes() {
    let codes: [(CloseCode, UInt16)] = [
      (.normal, 1000), (.goingAway, 1001), (.protocolError, 1002), (.unsupportedData, 1003),
      (.invalidPayload, 1007), (.policyViolation, 1008), (.messageTooBig, 1009),
      (.tryAgainLater, 1013),
    ]
    for (code, number) in codes {
      #expect(code.rawValue == number)
      #expect(code.maySend)
    }
  }

  @Test("Payloads of close frames are checked") func payloads() {
    #expect(parsed(RawFrame.masked(0x8).bytes) == [.close(nil, [])])
    #expect(parsed(RawFrame.masked(0x8, [0x03]).bytes) == [.failure(.truncatedCloseCode)])
    let reason = [UInt8](repeating: UInt8(ascii: "*"), count: 123)
    #expect(parsed(RawFrame.masked(close: 1000, reason).bytes) == [.close(1000, reason)])
    #expect(
      parsed(RawFrame.masked(close: 1000, reason + [0x2A]).bytes) == [.failure(.longControlFrame)])
  }

  @Test func reasonsAreUTF8() {
    let reason = Array("größe 😀".utf8)
    #expect(parsed(RawFrame.masked(close: 3000, reason).bytes) == [.close(3000, reason)])
    for bytes: [UInt8] in [[0xFF], [0xED, 0xA0, 0x80], [0x61, 0xC3], [0xC0, 0x80]] {
      #expect(parsed(RawFrame.masked(close: 3000, bytes).bytes) == [.failure(.invalidUTF8)])
    }
  }

  @Test func failuresHaveTheirCodes() {
    for failure in ProtocolError.allCases {
      let code: UInt16 =
        switch failure {
        case .invalidUTF8: 1007
        case .frameTooLong, .messageTooLong: 1009
        default: 1002
        }
      #expect(failure.code.rawValue == code)
      #expect("\(failure.reason)".utf8.count <= 123)
    }
  }
}
