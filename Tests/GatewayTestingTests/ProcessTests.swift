import GatewayTesting
import Glibc
import Testing

@Suite struct ProcessTests {
  @Test func eventuallyWaitsAsLongAsItTakesAndNoLonger() async throws {
    var rounds = 0
    try await eventually("the fifth round") {
      rounds += 1
      return rounds == 5
    }
    #expect(rounds == 5)
    let error = await #expect(throws: ConditionTimeout.self) {
      try await eventually("never", within: .milliseconds(5), state: { "the state" }) { false }
    }
    #expect(error?.description.contains("never\nthe state") == true)
    #expect(error?.description.contains("ProcessTests.swift") == true)
  }

  @Test func memoryIsMeasured() throws {
    let before = ProcessFigures.residentBytes()
    #expect(before > 1 << 20)
    let size = 256 << 20
    let memory = try #require(malloc(size))
    defer { free(memory) }
    memset(memory, 1, size)
    #expect(ProcessFigures.residentBytes() > size)
    #expect(ProcessFigures.threads() > 0)
  }

  @Test func descriptorsAreCounted() throws {
    ProcessFigures.raiseDescriptorLimit()
    // Other tests open and close theirs meanwhile: only a lower bound is certain.
    let descriptors = (0..<5000).map { _ in dup(0) }
    defer { for descriptor in descriptors { close(descriptor) } }
    #expect(descriptors.allSatisfy { $0 >= 0 })
    #expect(ProcessFigures.openDescriptors() >= 5000)
  }

  @Test func aDigestIsTheSameHoweverTheBytesAreSplit() {
    var digest = ByteDigest()
    digest.update(Array("foo".utf8))
    digest.update([])
    digest.update(Array("bar".utf8))
    #expect(digest == ByteDigest(of: "foobar") && digest != ByteDigest(of: "foobaz"))
    // The test vector of FNV-1a for "foobar".
    #expect(digest.description == "6 bytes, 85944171f73967e8")
  }
}
