import System
import Testing

@testable import Access

@Suite("Verified tokens") struct TokenMemoryTests {
  private static func digest(_ number: Int) -> SecretDigest {
    withUnsafeBytes(of: number) { SecretDigest(of: $0) }
  }

  private static func time(_ seconds: Int64) -> Timestamp { Timestamp(millisecondsSince1970: seconds * 1000) }

  @Test func theyAreKnownUntilTheyExpire() {
    var memory = TokenMemory<String>()
    #expect(memory.find(Self.digest(1), keys: 1, at: Self.time(0)) == nil)
    memory.store(Self.digest(1), "anna", keys: 1, until: Self.time(10))
    #expect(memory.find(Self.digest(1), keys: 1, at: Self.time(9)) == "anna")
    #expect(memory.find(Self.digest(1), keys: 1, at: Self.time(10)) == nil)
    #expect(memory.find(Self.digest(2), keys: 1, at: Self.time(0)) == nil)
  }

  @Test func otherKeysLookAgain() {
    var memory = TokenMemory<String>()
    memory.store(Self.digest(1), "anna", keys: 1, until: Self.time(10))
    #expect(memory.find(Self.digest(1), keys: 1, at: Self.time(0)) == "anna")
    for keys: UInt64 in [0, 2, .max] {
      #expect(memory.find(Self.digest(1), keys: keys, at: Self.time(0)) == nil)
    }
    // Verified again, it is known again.
    memory.store(Self.digest(1), "bob", keys: 2, until: Self.time(10))
    #expect(memory.find(Self.digest(1), keys: 2, at: Self.time(0)) == "bob")
    #expect(memory.find(Self.digest(1), keys: 1, at: Self.time(0)) == nil)
    #expect(memory.count == 1)
  }

  /// Tokens without end do not grow it, and push out none that is in use.
  @Test func thoseNotSeenForLongAreForgotten() {
    var memory = TokenMemory<Int>(capacity: 3)
    for number in 0..<100 {
      memory.store(Self.digest(number), number, keys: 1, until: Self.time(10))
      #expect(memory.find(Self.digest(0), keys: 1, at: Self.time(0)) == 0)
      #expect(memory.count <= 3)
    }
    #expect(memory.find(Self.digest(50), keys: 1, at: Self.time(0)) == nil)
  }

  @Test func tenThousandAreKept() {
    var memory = TokenMemory<Int>()
    for number in 0..<10_001 { memory.store(Self.digest(number), number, keys: 1, until: Self.time(10)) }
    #expect(memory.count == 10_000)
    #expect(memory.find(Self.digest(0), keys: 1, at: Self.time(0)) == nil)
    #expect((1...10_000).allSatisfy { memory.find(Self.digest($0), keys: 1, at: Self.time(0)) == $0 })
  }
}
