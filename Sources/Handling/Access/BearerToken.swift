internal import Bytes
internal import JSONWebToken

/// `Authorization: Bearer` with what may be a token.
enum BearerToken {
  /// The fewest bytes of a token that could count: its signature alone has most of them.
  private static let shortest = 64

  /// The text behind the scheme, in any case of its letters; nil where it is too short or too long for a token.
  static func text(in value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    let scheme = "bearer".utf8
    guard value.count > scheme.count + shortest, ASCII.isBlank(value[scheme.count]),
      zip(value, scheme).allSatisfy({ ASCII.lowercased($0) == $1 })
    else { return nil }
    let text = UnsafeRawBufferPointer(rebasing: value[scheme.count...].drop(while: ASCII.isBlank))
    return (shortest...TokenText.longest).contains(text.count) ? text : nil
  }

  /// The token, taken apart; nil where it has not the form of one.
  static func read(_ text: UnsafeRawBufferPointer) -> TokenText? {
    guard TokenText.isForm(text) else { return nil }
    do throws(TokenFault) { return try TokenText(text) } catch { return nil }
  }
}
