import Testing

@testable import Fleet

/// By what prompts are known.
@Suite struct PromptChainTests {
  private func chain(_ parts: [[UInt8]], seed: UInt64 = 1) -> [UInt64] {
    let joined = parts.flatMap { $0 }
    return joined.withUnsafeBytes { bytes in
      var start = 0
      let buffers = parts.map { part in
        defer { start += part.count }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + part.count])
      }
      return PromptChain(buffers, seed: seed).blocks
    }
  }

  private func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = Randomness(seed: seed)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  @Test func wholeBlocksCountAlone() {
    #expect(chain([]).isEmpty)
    #expect(chain([text(255)]).isEmpty)
    #expect(chain([text(256)]).count == 1)
    #expect(chain([text(1_024)]).count == 4)
    #expect(chain([text(2_047)]).count == 4)
    #expect(chain([text(2_048)]).count == 5)
  }

  @Test func whatGoesOnBeginsAlike() {
    let long = text(9_000)
    let whole = chain([long])
    for count in [0, 1, 255, 256, 257, 1_023, 1_024, 1_500, 2_048, 8_999] {
      let short = chain([Array(long[..<count])])
      #expect(short == Array(whole[..<short.count]), "\(count)")
      #expect(PromptChain.bytes(ofBlocks: short.count) <= count)
      #expect(PromptChain.bytes(ofBlocks: short.count + 1) > count)
    }
    // Of more than one part as well: the last goes on.
    let (system, tools) = (text(700, seed: 2), text(1_001, seed: 3))
    let parts = chain([system, tools, long])
    let beginning = chain([system, tools, Array(long[..<4_000])])
    #expect(!beginning.isEmpty && beginning == Array(parts[..<beginning.count]))
  }

  @Test func anyByteBeforeTellsThemApart() {
    let first = text(5_000)
    let blocks = chain([first])
    for place in [0, 7, 15, 16, 255, 256, 1_023, 1_024, 4_000, 4_095] {
      var second = first
      second[place] ^= 1
      let other = chain([second])
      #expect(other.count == blocks.count)
      for block in blocks.indices {
        let isBefore = PromptChain.bytes(ofBlocks: block + 1) <= place
        #expect((other[block] == blocks[block]) == isBefore, "\(place) \(block)")
      }
    }
  }

  @Test func theSeedAndThePartsCount() {
    let bytes = text(2_048)
    #expect(chain([bytes]) == chain([bytes]))
    #expect(Set(chain([bytes])).isDisjoint(with: chain([bytes], seed: 2)))
    #expect(chain([Array(bytes[..<100]), Array(bytes[100...])]) != chain([bytes]))
    // Zeros of different numbers are different texts.
    #expect(Set(chain([Array(repeating: 0, count: 64_000)])).count == 64)
  }

  @Test func noMoreThanSoMuchIsRead() {
    #expect(PromptChain.byteLimit == 62_464)
    #expect(chain([text(PromptChain.byteLimit)]).count == PromptChain.blockLimit)
    #expect(chain([text(200_000), text(10)]).count == PromptChain.blockLimit)
    #expect(PromptChain(blocks: Array(0..<1_000)).blocks.count == PromptChain.blockLimit)
    #expect(PromptChain.bytes(ofBlocks: -1) == 0)
    #expect(PromptChain.bytes(ofBlocks: .max) == PromptChain.byteLimit)
  }
}
