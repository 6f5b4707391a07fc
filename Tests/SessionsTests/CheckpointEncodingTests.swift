import Testing

@testable import Sessions

/// The texts of a checkpoint as bytes.
@Suite struct CheckpointEncodingTests {
  private struct Entry: Equatable {
    var id: String
    var first: Int
    var texts: [[UInt8]]
  }

  private static let samples = [
    Entry(id: "g1", first: 0, texts: [Array("Hello".utf8), [], Array("“🙂”".utf8)]),
    Entry(id: "0123456789abcdef", first: 1_000_000, texts: [[UInt8](repeating: 7, count: 70_000)]),
    Entry(id: String(repeating: "i", count: 256), first: 127, texts: []),
    Entry(id: "g4", first: 128, texts: Array(repeating: [1], count: 300)),
  ]

  private static func encoded(_ entries: [Entry]) -> [UInt8] {
    var encoder = CheckpointEncoder()
    for entry in entries {
      var lengths = TextLengths()
      for text in entry.texts { lengths.append(text.count, .content) }
      encoder.append(entry.id, after: entry.first, lengths: lengths.bytes, text: entry.texts.flatMap { $0 })
    }
    return encoder.texts
  }

  private static func read(_ texts: [UInt8]) throws(DamagedCheckpoint) -> [Entry] {
    var entries: [Entry] = []
    try CheckpointEntry.each(of: texts) { (entry) throws(DamagedCheckpoint) in
      guard let lengths = TextLengths.read(Array(entry.lengths), total: entry.text.count) else {
        throw DamagedCheckpoint()
      }
      var start = entry.text.startIndex
      let texts = lengths.map { length in
        defer { start += length.count }
        return Array(entry.text[start..<(start + length.count)])
      }
      entries.append(
        Entry(id: String(decoding: entry.generation, as: UTF8.self), first: entry.first, texts: texts))
    }
    return entries
  }

  @Test func readsBack() throws {
    #expect(try Self.read(Self.encoded(Self.samples)) == Self.samples)
    #expect(try Self.read(Self.encoded([])) == [])
    #expect(CheckpointEncoder().isEmpty)
  }

  /// Every beginning of it but the whole, and those that end between two generations.
  @Test func whatIsCutIsRefused() throws {
    let samples = [Self.samples[0], Self.samples[3]]
    let whole = Self.encoded(samples)
    let ends = [1: 0, Self.encoded([samples[0]]).count: 1, whole.count: 2]
    for count in 0...whole.count {
      if let entries = ends[count] {
        #expect(try Self.read(Array(whole[..<count])) == Array(samples[..<entries]))
      } else {
        #expect(throws: DamagedCheckpoint.self) { try Self.read(Array(whole[..<count])) }
      }
    }
  }

  @Test(
    arguments: [
      [], [0], [2], [1, 0], [1, 2, 65], [1, 1, 65], [1, 1, 65, 0], [1, 1, 65, 0, 0], [1, 1, 65, 0, 0, 1],
      [1, 0, 0, 0, 0], [1, 1, 65, 0, 1, 2, 0], [1, 0x80], [1] + [UInt8](repeating: 0xFF, count: 40),
      [1, 1, 65] + [UInt8](repeating: 0xFF, count: 40), [1, 1, 65, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F],
      [1, 0x81, 0x02] + [UInt8](repeating: 65, count: 257) + [0, 0, 0],
    ] as [[UInt8]])
  func whatIsNoneIsRefused(_ texts: [UInt8]) {
    #expect(throws: DamagedCheckpoint.self) { try Self.read(texts) }
  }

  /// Anything may be read: it is what was written, or refused, and no more is kept than there is.
  @Test func anyBytes() {
    var generator = SystemRandomNumberGenerator()
    let whole = Self.encoded([Self.samples[0], Self.samples[3], Self.samples[0]])
    for round in 0..<20_000 {
      var bytes = whole
      if round % 3 == 0 {
        bytes = [1] + (0..<Int.random(in: 0...60)).map { _ in UInt8.random(in: 0...255) }
      } else {
        for _ in 0...Int.random(in: 0...3) {
          bytes[Int.random(in: 0..<bytes.count)] = UInt8.random(in: 0...255)
        }
      }
      if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count)) }
      var parts = GenerationParts(of: ["g1", "g4"])
      parts.take([], of: "g1", isRunning: true)
      parts.take([Self.part(300)], of: "g4", isRunning: true)
      try? parts.take(checkpoint: bytes)
      #expect(parts.parts.joined().reduce(0) { $0 + $1.text.count } <= bytes.count + 300)
      for part in parts.parts.joined() {
        #expect(TextLengths.read(part.lengths, total: part.text.count) != nil)
      }
      _ = try? StoredCheckpoint.texts(bytes, without: ["g4"])
    }
  }

  /// One row of so many texts of a byte.
  private static func part(_ count: Int) -> StoredPart {
    var lengths = TextLengths()
    for _ in 0..<count { lengths.append(1, .content) }
    return StoredPart(
      generation: "g4", index: 0, text: [UInt8](repeating: 1, count: count), lengths: lengths.bytes)
  }

  @Test func whatIsDeletedIsTakenOut() throws {
    let samples = Self.samples + [Self.samples[0]]
    let texts = Self.encoded(samples)
    #expect(try StoredCheckpoint.texts(texts, without: ["g2", "g"]) == nil)
    let kept = try #require(try StoredCheckpoint.texts(texts, without: ["g1", "g4"]))
    #expect(try Self.read(kept) == [samples[1], samples[2]])
    let all = try #require(try StoredCheckpoint.texts(texts, without: samples.map(\.id)))
    #expect(try Self.read(all).isEmpty)
  }

  /// Behind rows whose lengths are damaged nothing is put: it would be in the wrong place.
  @Test func behindADamagedRowIsNothing() throws {
    var parts = GenerationParts(of: ["g4"])
    let row = StoredPart(generation: "g4", index: 0, text: [1, 2], lengths: [0x80])
    parts.take([row], of: "g4", isRunning: true)
    try parts.take(checkpoint: Self.encoded([Entry(id: "g4", first: 1, texts: [[3]])]))
    #expect(parts.parts == [[row]])
  }
}
