/// What tells the beginnings of prompts apart: a number for each of the blocks that a prompt begins with, which stands for all of the
/// prompt up to the block's end. Two prompts that begin with the same bytes begin with the same numbers. What is behind the last whole
/// block has none: there the next turn of a conversation goes on.
///
/// The numbers are as good as random for who does not know the seed, so that nobody can write a prompt that looks like another's.
package struct PromptChain: Sendable, Equatable {
  /// At most ``blockLimit``.
  package private(set) var blocks: [UInt64] = []

  /// More of a prompt is not looked at.
  package static let blockLimit = 64
  /// The first blocks are short: most conversations begin with little, and are to be told apart from their first turn on.
  static let shortBlocks = 4
  package static let shortBlock = 256
  static let longBlock = 1_024

  /// Bytes of the blocks of a prompt that is as long as can be.
  package static let byteLimit = bytes(ofBlocks: blockLimit)

  /// Bytes that the first so many blocks stand for.
  package static func bytes(ofBlocks count: Int) -> Int {
    let short = min(max(count, 0), shortBlocks)
    return short * shortBlock + (min(max(count, 0), blockLimit) - short) * longBlock
  }

  /// - Parameters:
  ///   - parts: what a model reads, in the order in which it does. They are read where they stand, up to ``byteLimit`` bytes in all.
  ///   - seed: the same for all prompts that are compared.
  package init(_ parts: [UnsafeRawBufferPointer], seed: UInt64) {
    var hash = BlockHash(seed: seed)
    for part in parts where blocks.count < PromptChain.blockLimit { add(part, &hash) }
  }

  /// A number by which a request's body is told apart from others: of its length and its end, where the last words of a prompt are.
  package static func number(ofBody bytes: UnsafeRawBufferPointer, seed: UInt64) -> UInt64 {
    var hash = BlockHash(seed: seed ^ UInt64(bytes.count))
    hash.add(UnsafeRawBufferPointer(rebasing: bytes.suffix(numberedBytes)))
    return hash.value
  }

  private static let numberedBytes = 2_048

  /// Of blocks that somebody else has told apart.
  package init(blocks: [UInt64]) { self.blocks = Array(blocks.prefix(PromptChain.blockLimit)) }

  private mutating func add(_ part: UnsafeRawBufferPointer, _ hash: inout BlockHash) {
    var start = 0
    while start < part.count, blocks.count < PromptChain.blockLimit {
      let end = PromptChain.bytes(ofBlocks: blocks.count + 1)
      let count = min(end - hash.count, part.count - start)
      hash.add(UnsafeRawBufferPointer(rebasing: part[start..<start + count]))
      start += count
      if hash.count == end { blocks.append(hash.value) }
    }
  }
}

/// A keyed hash of 64 bits that goes on from block to block: multiplications of 64 by 64 bits whose halves are folded, of what is read
/// and secrets.
private struct BlockHash {
  private let secrets: (UInt64, UInt64)
  private(set) var value: UInt64
  /// Bytes that were read.
  private(set) var count = 0

  init(seed: UInt64) {
    secrets = (
      BlockHash.fold(seed ^ 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB),
      BlockHash.fold(seed ^ 0x8EBC_6AF0_9C88_C6E3, 0x5899_65CC_7537_4CC3)
    )
    value = seed
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var place = 0
    while place + 16 <= bytes.count {
      let first = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      let second = bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
      value = BlockHash.fold(first ^ secrets.0, second ^ value)
      place += 16
    }
    var rest: (UInt64, UInt64) = (0, 0)
    withUnsafeMutableBytes(of: &rest) {
      $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[place...]))
    }
    count += bytes.count
    value = BlockHash.fold(rest.0 ^ secrets.1, rest.1 ^ value ^ UInt64(bytes.count))
  }

  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}
