import Testing

@testable import WebSocket

@Suite struct SHA1Tests {
  /// RFC 3174 section 7.3, and the empty message of FIPS 180.
  @Test(arguments: [
    ("", 1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
    ("abc", 1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "84983e441c3bd26ebaae4aa1f95129e5e54670f1"
    ),
    (
      "0123456701234567012345670123456701234567012345670123456701234567", 10,
      "dea356a2cddd90c7a7ecedc5ebb563934f460452"
    ),
  ])
  func digestsAreThoseOfTheStandard(text: String, repeats: Int, digest: String) {
    let message = (0..<repeats).flatMap { _ in Array(text.utf8) }
    #expect(hexadecimal(SHA1.digest(of: message)) == digest)
  }

  /// The third vector of the RFC, "a" a million times, is slow without optimisation: 10,000 are 157 blocks.
  @Test("A message of many blocks has its digest") func manyBlocks() {
    let message = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
    #expect(hexadecimal(SHA1.digest(of: message)) == "a080cbda64850abb7b7f67ee875ba068074ff6fe")
  }

  /// The padding just fits, just does not, and is a block of its own. Digests by coreutils' sha1sum.
  @Test(arguments: [
    (55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"), (56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"),
    (63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"), (64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"),
    (65, "11655326c708d70319be2610e8a57d9a5b959d3b"),
  ])
  func paddingAtTheEdgeOfABlock(length: Int, digest: String) {
    let message = [UInt8](repeating: UInt8(ascii: "a"), count: length)
    #expect(hexadecimal(SHA1.digest(of: message)) == digest)
  }

  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
