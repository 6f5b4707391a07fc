import JSON
import Testing

@Suite struct ByteWordTests {
  @Test func theLowestMarkIsExactForEveryByte() {
    for byte in UInt8.min...UInt8.max {
      for other: UInt8 in [0x00, 0x21, 0x22, 0x23, 0x7F, 0x80, 0xA2, 0xFF] where other != byte {
        for place in 0..<8 {
          var bytes = [UInt8](repeating: other, count: 8)
          bytes[place] = byte
          bytes.withUnsafeBytes { bytes in
            let word = ByteWord(bytes, at: 0)
            #expect(ByteWord.firstIndex(of: word.marks(of: byte)) == place)
            let isBelow = bytes.firstIndex { $0 < 0x20 }
            #expect(ByteWord.firstIndex(of: word.marks(below: 0x20)) == isBelow ?? 8)
          }
        }
      }
    }
  }
}
