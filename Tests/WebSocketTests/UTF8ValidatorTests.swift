import Testing

@testable import WebSocket

@Suite struct UTF8ValidatorTests {
  /// The bytes that were taken before the error, or nil if there was none so far.
  private func firstError(_ bytes: [UInt8]) -> (index: Int?, isComplete: Bool) {
    var validator = UTF8Validator()
    for (index, byte) in bytes.enumerated() {
      guard [byte].withUnsafeBytes({ validator.take($0) }) else { return (index, false) }
    }
    return (nil, validator.isComplete)
  }

  private func isValid(_ bytes: [UInt8]) -> Bool {
    var validator = UTF8Validator()
    return bytes.withUnsafeBytes { validator.take($0) } && validator.isComplete
  }

  /// Autobahn 6.5 to 6.23: what must be taken.
  @Test(
    "Valid UTF-8 is taken",
    arguments: [
      "Hello-µ@ßöäüàá-UTF-8!!", "κόσμε", "\0", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}",
      "\u{E000}",
      "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{10000}", "\u{1FFFE}", "\u{10FFFF}", "",
    ])
  func validTexts(text: String) {
    #expect(isValid(Array(text.utf8)))
    #expect(firstError(Array(text.utf8)) == (nil, true))
  }

  /// Autobahn 6.6 to 6.22: where each error shows at the earliest.
  @Test(
    arguments: [
      ([0x80], 0), ([0xBF], 0), ([0xC0, 0xAF], 0), ([0xC1, 0xBF], 0), ([0xC2, 0x20], 1), ([0xC2, 0xC2], 1),
      ([0xE0, 0x80, 0xAF], 1), ([0xE0, 0x9F, 0xBF], 1), ([0xE1, 0x80, 0x20], 2), ([0xE1, 0x80, 0xC0], 2),
      ([0xED, 0xA0, 0x80], 1), ([0xED, 0xAD, 0xBF], 1), ([0xED, 0xBF, 0xBF], 1), ([0xED, 0x9F, 0xC0], 2),
      ([0xF0, 0x80, 0x80, 0xAF], 1), ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF4, 0x90, 0x80, 0x80], 1),
      ([0xF5, 0x80], 0), ([0xF7, 0xBF, 0xBF, 0xBF], 0), ([0xF8, 0x88, 0x80, 0x80, 0x80], 0),
      ([0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], 0), ([0xFE], 0), ([0xFF], 0),
      ([0x61, 0x62, 0xF0, 0x90, 0x80, 0x41], 5),
    ] as [([UInt8], Int)])
  func errorsAreSeenWithTheirByte(bytes: [UInt8], index: Int) {
    #expect(firstError(bytes) == (index, false))
    #expect(!isValid(bytes))
  }

  @Test(
    arguments: [
      [0xC2], [0xE0, 0xA0], [0xE2, 0x82], [0xF0, 0x90], [0xF4, 0x8F, 0xBF], [0x61, 0xCE],
    ] as [[UInt8]])
  func halfACharacterIsNoErrorYet(bytes: [UInt8]) {
    #expect(firstError(bytes) == (nil, false))
    #expect(!isValid(bytes))
  }

  /// Every sequence of two bytes, and every one of three that begins like a character of three or four, against the
  /// standard library.
  @Test func shortSequencesAgreeWithTheStandardLibrary() {
    for first in UInt8.min ... .max {
      for second in UInt8.min ... .max {
        #expect(isValid([first, second]) == isValidByStandard([first, second]))
      }
    }
    let edges: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
    for first in UInt8(0xDF)...0xF8 {
      for second in edges {
        for third in edges {
          #expect(isValid([first, second, third]) == isValidByStandard([first, second, third]))
          for fourth in edges {
            let bytes = [first, second, third, fourth]
            #expect(isValid(bytes) == isValidByStandard(bytes))
          }
        }
      }
    }
  }

  /// Long texts go through the way that takes eight bytes at a time.
  @Test func longTextsAgreeWithTheStandardLibrary() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<500 {
      var bytes = random.text(Int.random(in: 0...100, using: &random))
      if Bool.random(using: &random), let index = bytes.indices.randomElement(using: &random) {
        bytes[index] = UInt8.random(in: .min ... .max, using: &random)
      }
      #expect(isValid(bytes) == isValidByStandard(bytes), "\(bytes)")
      let outcome = firstError(bytes)
      #expect((outcome.index == nil && outcome.isComplete) == isValid(bytes), "\(bytes)")
    }
  }

  private func isValidByStandard(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
  }
}
