internal import Bytes
internal import System

/// The field `Forwarded` (RFC 7239), as far as it is read here: `X-Forwarded-For` is what proxies are believed by.
public enum ForwardedField {
  /// Whether each `for=` of the field's value is a loopback address. What is not understood is none.
  public static func namesLoopbackOnly(_ value: String) -> Bool {
    // A quoted string may hold commas and semicolons, but an address does not: such a piece is no address.
    for pair in value.split(whereSeparator: { $0 == "," || $0 == ";" }) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts[0].withoutBlanks.lowercased() == "for" else { continue }
      guard parts.count == 2, case .address(let address)? = Authority(unquoted(parts[1]))?.host,
        address.isLoopback
      else { return false }
    }
    return true
  }

  private static func unquoted(_ text: Substring) -> String {
    let text = text.withoutBlanks
    guard text.count >= 2, text.first == "\"", text.last == "\"" else { return String(text) }
    return String(text.dropFirst().dropLast())
  }
}
