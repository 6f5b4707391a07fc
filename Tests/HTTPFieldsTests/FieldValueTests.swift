import HTTPFields
import Testing

@Suite struct FieldValueTests {
  private func isFieldValue(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { $0.isFieldValue } }

  /// Each byte at each place of texts that end before, at and behind a word's end.
  @Test(arguments: [0, 1, 7, 8, 9, 15, 16, 17, 40])
  func hasNoControlCharacterButATab(count: Int) {
    for filling: UInt8 in [0x20, 0x09, 0x7e, 0x80, 0xff] {
      var bytes = [UInt8](repeating: filling, count: count)
      #expect(isFieldValue(bytes))
      for place in bytes.indices {
        for byte in UInt8.min...UInt8.max {
          bytes[place] = byte
          let isSound = byte >= 0x20 && byte != 0x7f || byte == 0x09
          if isFieldValue(bytes) != isSound { Issue.record("\(byte) at \(place) of \(count) \(filling)") }
        }
        bytes[place] = filling
      }
    }
  }
}
