/// HMAC (RFC 2104) with SHA-256: says that who has written a text has had the key.
struct HMACSHA256 {
  static let codeBytes = SHA256.digestBytes

  private let innerKey: [UInt8]
  private let outerKey: [UInt8]

  init(key: [UInt8]) {
    var block = key.count > SHA256.blockBytes ? SHA256.digest(of: key) : key
    block.append(contentsOf: repeatElement(0, count: SHA256.blockBytes - block.count))
    innerKey = block.map { $0 ^ 0x36 }
    outerKey = block.map { $0 ^ 0x5C }
  }

  func code(of text: [UInt8]) -> [UInt8] {
    SHA256.digest(of: outerKey + SHA256.digest(of: innerKey + text))
  }

  /// Whether it is the text's code. How long that takes tells nothing of where they differ.
  func isCode(_ code: [UInt8], of text: [UInt8]) -> Bool {
    guard code.count == Self.codeBytes else { return false }
    var difference: UInt8 = 0
    for (given, right) in zip(code, self.code(of: text)) { difference |= given ^ right }
    return difference == 0
  }
}
