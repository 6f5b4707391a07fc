internal import Bytes

extension ModelName {
  /// Whether Ollama takes a name for that of a model of its maker's cloud, whatever models it has: what stands behind
  /// the last colon is `cloud`, or ends in `-cloud` and is no path. In any case, and with any white space around it, as
  /// Go trims it.
  public static func isOfCloud(_ name: String) -> Bool {
    // Most names end in another letter, and no more of them is looked at: this is on every request's way.
    if let last = name.utf8.last, last > 0x20, last < 0x7F, last | 0x20 != UInt8(ascii: "d") { return false }
    let name = trimmed(name.unicodeScalars[...])
    guard let colon = name.lastIndex(of: ":") else { return false }
    let tag = trimmed(name[name.index(after: colon)...])
    // No letter that is no ASCII has one of these as its lower case.
    let suffix = tag.suffix(6).map { $0.properties.isUppercase && $0.isASCII ? $0.value | 0x20 : $0.value }
    if suffix.elementsEqual("cloud".unicodeScalars.map(\.value)) { return true }
    return suffix.elementsEqual("-cloud".unicodeScalars.map(\.value)) && !tag.contains("/")
  }

  /// The canonical spellings of the models that Ollama may take a name for: it trims names, and a tag `local` may say
  /// that the model before it must be Ollama's own. Nil for what no model is called.
  public static func canonicalNames(of name: String) -> [String]? {
    let trimmed = String(Substring(trimmed(name.unicodeScalars[...])))
    guard trimmed.utf8.allSatisfy({ $0 < 0x80 }), let whole = ModelName(trimmed) else { return nil }
    let canonical = whole.canonical
    guard canonical.utf8.count > 6, canonical.hasSuffix(":local"),
      let base = ModelName(String(canonical.dropLast(6)))
    else { return [canonical] }
    return [canonical, base.canonical]
  }

  private static func trimmed(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    text.trimmed { $0.properties.isWhitespace }
  }
}
