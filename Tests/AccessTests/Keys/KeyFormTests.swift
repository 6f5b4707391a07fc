import Bytes
import Testing

@testable import Access

/// What keys look like. The vectors are written down (by Python's zlib and hashlib): keys that were given out are for good.
@Suite struct KeyFormTests {
  struct Vector: Sendable {
    let id: String
    let secret: String
    let text: String
    let digest: String
  }

  static let vectors = [
    Vector(
      id: "0123456789Az", secret: "abcdefghijklmnopqrstuvwxyz0123456789A",
      text: "sk-og-0123456789Az-abcdefghijklmnopqrstuvwxyz0123456789A1Nh0oI",
      digest: "8205c956ceebd881829d151b992880b04dfadb45f4ea51d51bb594f30a7c89e2"),
    Vector(
      id: "zzzzzzzzzzzz", secret: "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
      text: "sk-og-zzzzzzzzzzzz-zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz3IIDiu",
      digest: "0476e1f6e9786a2ad23bf39eb721596692204e06ae76da133af2ad0eb9d3917c"),
    Vector(
      id: "000000000000", secret: "0000000000000000000000000000000000000",
      text: "sk-og-000000000000-00000000000000000000000000000000000003WKSCe",
      digest: "a95532f8badf15067edd64e56a3a370335dfa9116857deddfb995426b76fe42d"),
  ]

  @Test func checksumIsThatOfZip() {
    #expect(CRC32.checksum(of: "123456789".utf8) == 0xCBF4_3926)
    #expect(CRC32.checksum(of: "".utf8) == 0)
    #expect(CRC32.checksum(of: "a".utf8) == 0xE8B7_BE43)
  }

  @Test(arguments: [
    (UInt32(0), "000000"), (9, "000009"), (10, "00000A"), (35, "00000Z"), (36, "00000a"), (61, "00000z"),
    (62, "000010"), (.max, "4gfFC3"),
  ])
  func digitsAreThoseOfBase62(_ number: UInt32, _ text: String) {
    #expect(String(decoding: Base62.digits(of: number, count: 6), as: UTF8.self) == text)
  }

  @Test(arguments: vectors) func isAsItWasWrittenDown(_ vector: Vector) throws {
    let id = try #require(KeyID(vector.id))
    let key = KeyText(id: id, secret: Array(vector.secret.utf8))
    #expect(key.text == vector.text)
    #expect(key.secret.hexadecimal == vector.digest)
    let read = try #require(KeyText(ours: vector.text))
    #expect(read.id == id && read.secret == key.secret && !read.isCustom)
  }

  @Test func customKeysAreDigestedWhole() throws {
    let key = try #require(KeyText(custom: "sk-1234567890abcdefghijklmnopqrstuv"))
    #expect(key.secret.hexadecimal == "053faeb9f5db350ecd76e4cdec4597883013fcae5ecd37acc7830a3421b6c200")
    #expect(key.isCustom)
  }

  @Test(arguments: [
    "", "sk-1234567890abcdefghijklmnopqr", "sk-og-34567890abcdefghijklmnopqrstuv",
    "sk 1234567890abcdefghijklmnopqrstuv", "sk-é234567890abcdefghijklmnopqrstuv",
    String(repeating: "a", count: 257),
  ])
  func refusesAsCustom(_ text: String) { #expect(KeyText(custom: text) == nil) }

  @Test func newKeysReadBackAndDiffer() {
    let keys = (0..<1000).map { _ in KeyText() }
    #expect(Set(keys.map(\.text)).count == 1000)
    #expect(Set(keys.map(\.id)).count == 1000)
    for key in keys {
      #expect(key.text.utf8.count == 62)
      #expect(KeyText(ours: key.text)?.secret == key.secret)
    }
  }

  /// Any other letter at any place is told without a look-up: a CRC-32 finds each error of one byte.
  @Test func oneWrongLetterIsTold() {
    let text = Array(Self.vectors[0].text.utf8)
    for place in text.indices {
      for letter in [UInt8(ascii: "0"), UInt8(ascii: "x"), UInt8(ascii: "-"), 0, 0xFF]
      where letter != text[place] {
        var wrong = text
        wrong[place] = letter
        #expect(wrong.withUnsafeBytes(KeyForm.id(of:)) == nil, "\(place)")
      }
    }
  }

  @Test func twoLettersInEachOthersPlaceAreTold() {
    let text = Array(Self.vectors[0].text.utf8)
    for place in text.indices.dropLast() where text[place] != text[place + 1] {
      var wrong = text
      wrong.swapAt(place, place + 1)
      #expect(wrong.withUnsafeBytes(KeyForm.id(of:)) == nil, "\(place)")
    }
  }

  @Test func shorterAndLongerOnesAreNone() {
    let text = Array(Self.vectors[0].text.utf8)
    for count in 0..<text.count { #expect(text[..<count].withUnsafeBytes(KeyForm.id(of:)) == nil) }
    #expect((text + [UInt8(ascii: "0")]).withUnsafeBytes(KeyForm.id(of:)) == nil)
  }

  @Test func aKeyIsNotPrinted() {
    let key = KeyText()
    #expect("\(key)" == key.id.text)
    #expect(String(reflecting: key) == key.id.text)
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains(key.text))
  }

  @Test(arguments: ["", "0123456789A", "0123456789ABC", "0123456789A-", "0123456789Aé", "0123456789 A"])
  func isNoID(_ text: String) { #expect(KeyID(text) == nil) }

  @Test func idsSortAsTheirTexts() {
    let ids = (0..<200).map { _ in KeyID.random() }
    #expect(ids.sorted().map(\.text) == ids.map(\.text).sorted())
    for id in ids { #expect(KeyID(id.text) == id) }
  }
}
