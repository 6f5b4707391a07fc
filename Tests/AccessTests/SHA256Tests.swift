import Testing

@testable import Access

@Suite struct SHA256Tests {
  /// RFC 6234 section 8.5, and the empty message of FIPS 180.
  @Test(arguments: [
    ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (
      "0123456701234567012345670123456701234567012345670123456701234567", 10,
      "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5"
    ),
  ])
  func digestsAreThoseOfTheStandard(text: String, repeats: Int, digest: String) {
    let message = (0..<repeats).flatMap { _ in Array(text.utf8) }
    #expect(hexadecimal(SHA256.digest(of: message)) == digest)
  }

  /// The third vector of the RFC, "a" a million times, is slow without optimisation: 10,000 are 157 blocks.
  @Test("A message of many blocks has its digest") func manyBlocks() {
    let message = [UInt8](repeating: UInt8(ascii: "a"), count: 10_000)
    #expect(
      hexadecimal(SHA256.digest(of: message))
        == "27dd1f61b867b6a0f6e9d8a41c43231de52107e53ae424de8f847b821db4b711")
  }

  /// The padding just fits, just does not, and is a block of its own. Digests by Python's hashlib.
  @Test(arguments: [
    (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
    (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
    (63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"),
    (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
    (65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0"),
    (111, "6374f73208854473827f6f6a3f43b1f53eaa3b82c21c1a6d69a2110b2a79baad"),
    (112, "f54353008a2553262ecdc4a34749563ba0950e8b0fc8652780b0a614b99683c1"),
    (119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"),
    (120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c"),
  ])
  func paddingAroundABlock(count: Int, digest: String) {
    #expect(hexadecimal(SHA256.digest(of: [UInt8](repeating: UInt8(ascii: "a"), count: count))) == digest)
  }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
}

func bytes(hexadecimal text: String) -> [UInt8] {
  let digits = text.compactMap { $0.hexDigitValue.map(UInt8.init) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
