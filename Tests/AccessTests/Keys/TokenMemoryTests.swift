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
    memory.use(generation: 1)
    #expect(memory.find(Self.digest(1), at: Self.time(0)) == nil)
    memory.store(Self.digest(1), "anna", until: Self.time(10))
    #expect(memory.find(Self.digest(1), at: Self.time(9))?.content == "anna")
    #expect(memory.find(Self.digest(1), at: Self.time(10)) == nil)
    #expect(memory.find(Self.digest(2), at: Self.time(0)) == nil)
  }

  @Test func otherKeysLookAgain() {
    var memory = TokenMemory<String>()
    memory.use(generation: 1)
    memory.store(Self.digest(1), "anna", until: Self.time(10))
    memory.use(generation: 1)
    #expect(memory.find(Self.digest(1), at: Self.time(0)) != nil)
    memory.use(generation: 2)
    #expect(memory.find(Self.digest(1), at: Self.time(0)) == nil)
    #expect(memory.count == 0)
  }

  /// Tokens without end do not grow it, and push out none that is in use.
  @Test func thoseNotSeenForLongAreForgotten() {
    var memory = TokenMemory<Int>(capacity: 3)
    memory.use(generation: 1)
    for number in 0..<100 {
      memory.store(Self.digest(number), number, until: Self.time(10))
      #expect(memory.find(Self.digest(0), at: Self.time(0))?.content == 0)
      #expect(memory.count <= 3)
    }
    #expect(memory.find(Self.digest(50), at: Self.time(0)) == nil)
  }
}
