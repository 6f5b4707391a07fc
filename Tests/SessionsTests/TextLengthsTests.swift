import Testing

@testable import Sessions

@Suite struct TextLengthsTests {
  @Test func readsBack() throws {
    let texts: [(Int, TextKind)] = [
      (1, .content), (63, .thinking), (64, .content), (8191, .thinking), (8192, .content),
      (8 << 20, .thinking),
    ]
    var lengths = TextLengths()
    for (count, kind) in texts { lengths.append(count, kind) }
    let read = try #require(TextLengths.read(lengths.bytes, total: texts.reduce(0) { $0 + $1.0 }))
    #expect(read.map(\.count) == texts.map(\.0) && read.map(\.kind) == texts.map(\.1))
    #expect(TextLengths.read([], total: 0)?.isEmpty == true)
  }

  @Test(
    arguments: [
      ([0x02], 0), ([0x02], 2), ([0x80], 0), ([0x02, 0x80], 1), ([UInt8](repeating: 0xFF, count: 64), .max),
      ([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .max), ([], 1), ([0x02], -1),
    ] as [([UInt8], Int)])
  func refusesWhatIsDamaged(_ bytes: [UInt8], _ total: Int) {
    #expect(TextLengths.read(bytes, total: total) == nil)
  }
}
