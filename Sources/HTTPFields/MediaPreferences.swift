internal import Bytes

/// How much a client likes which media type, by its `Accept`: RFC 9110 section 12.5.1.
public struct MediaPreferences {
  /// Each with its quality in thousandths.
  private var ranges: [(range: String, quality: Int)] = []

  /// - Parameter accept: the field's value; who sends none likes everything.
  public init(accept: String?) {
    // Media types are ASCII. Anything else is no type that anybody has, and dear to look at as text.
    let accept = accept ?? "*/*"
    for element in (accept.utf8.allSatisfy { $0 < 0x80 } ? accept : "*/*").lowercased().split(separator: ",")
    {
      let parts = element.split(separator: ";", omittingEmptySubsequences: false).map(\.withoutBlanks)
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }
      guard let range = parts.first, let quality = weight.map({ Self.quality($0.dropFirst(2)) }) ?? 1000
      else { continue }
      ranges.append((String(range), quality))
    }
  }

  /// From 0, which is no, to 1000. Of the ranges that `type` is in the most special one counts.
  public func quality(of type: String) -> Int {
    let family = type.prefix { $0 != "/" } + "/*"
    for wanted in [type, String(family), "*/*"] {
      if let match = ranges.first(where: { $0.range == wanted }) { return match.quality }
    }
    return 0
  }

  /// `0`, `1`, and with up to three digits behind the point; nil is anything else.
  private static func quality(_ text: Substring) -> Int? {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, whole == "0" || whole == "1" else { return nil }
    let digits = parts.count > 1 ? parts[1] : ""
    guard digits.utf8.count <= 3, digits.utf8.allSatisfy(ASCII.isDigit)
    else { return nil }
    let thousandths = Int(digits + String(repeating: "0", count: 3 - digits.utf8.count)) ?? 0
    let quality = (whole == "1" ? 1000 : 0) + thousandths
    return quality <= 1000 ? quality : nil
  }
}
