internal import Bytes

/// What names of users and teams look like. No two of them look the same, and each fits a log line, a metric and a URL.
enum AccountNameForm {
  /// Continues "takes …".
  static let takes = "a name of 1-\(longest) visible characters of ASCII"

  /// The most bytes of one.
  static let longest = 128

  static func holds(_ text: some StringProtocol) -> Bool {
    (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy(ASCII.isVisible)
  }
}
