internal import JSON

/// A picture in the body of a request: base 64 of a file that Ollama takes, in the places in which its APIs have pictures. What stands
/// there is a picture, however small, or Ollama refuses the request; elsewhere the same bytes are text, as a model reads them so: who
/// could call a text a picture would have it for the price of one.
enum PromptImage {
  static let strings = JSONMemberScanner.StringClass(
    minimumBytes: 1, excludes: isText(under:), contains: isImage)

  /// PNG, JPEG, WebP (RIFF), GIF; or an address that is the picture, in OpenAI's API, with the type of one or with none.
  private static let beginnings: [StaticString] = [
    "iVBORw0KGgo", "/9j/", "UklGR", "R0lGOD", "data:image", "data:;base64,",
  ]
  private static let longestBeginning = 13
  /// Bytes of a string that are looked at.
  private static let beginningLimit = 4096

  /// What a tool is called with is read as it stands: any object, with any keys.
  private static func isText(under key: UnsafeRawBufferPointer) -> Bool {
    switch FoldedKey.first(of: key) {
    case UInt8(ascii: "a"): FoldedKey.matches(key, "arguments")
    case UInt8(ascii: "i"): FoldedKey.matches(key, "input")
    default: false
    }
  }

  private static func isImage(_ text: UnsafeRawBufferPointer, under key: UnsafeRawBufferPointer) -> Bool {
    switch FoldedKey.first(of: key) {
    case UInt8(ascii: "i"):
      // Ollama's own, and nothing else is there.
      FoldedKey.matches(key, "images") || FoldedKey.matches(key, "image_url") && begins(text)
    case UInt8(ascii: "u"): FoldedKey.matches(key, "url") && begins(text)
    // Of sounds as well.
    case UInt8(ascii: "d"): FoldedKey.matches(key, "data") && begins(text)
    default: false
    }
  }

  private static func begins(_ text: UnsafeRawBufferPointer) -> Bool {
    let beginning = beginning(of: text)
    return beginnings.contains {
      beginning.starts(with: UnsafeBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount))
    }
  }

  /// What a string begins with, its escapes read, and without the ends of lines that Go passes over in base 64; up to what is no ASCII.
  private static func beginning(of text: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes: [UInt8] = []
    var index = 0
    while bytes.count < longestBeginning, index < min(text.count, beginningLimit) {
      var byte = text[index]
      index += 1
      if byte == UInt8(ascii: "\\") {
        guard index < text.count else { break }
        byte = text[index]
        index += 1
        switch byte {
        case UInt8(ascii: "n"), UInt8(ascii: "r"): continue
        case UInt8(ascii: "u"):
          guard let unit = JSONString.codeUnit(at: index - 2, of: text), unit < 0x80 else { return bytes }
          byte = UInt8(unit)
          index += 4
        default: break
        }
      }
      if byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { bytes.append(byte) }
    }
    return bytes
  }
}
