public import Access
internal import Bytes
internal import Glibc

/// The file that `admin_key_file` names: a key with which keys can be made, before there is any other.
public struct AdminKeyFile: Sendable {
  /// The key in it.
  public let key: KeyText
  /// What is worth a warning in the log.
  public let notices: [String]

  /// Reads a file: a key of our form or a custom one, with white space around it or without. Blocks; for the start only.
  ///
  /// - Throws: a line that says what is wrong, and nothing of the key.
  public init(path: String) throws(ConfigurationError) {
    let text: String
    do {
      text = try BoundedFile.read(path, limit: 4096, isRegular: true)
    } catch {
      throw .file(path, error.problem)
    }
    guard let key = Self.key(String(text.trimmed(\.isWhitespace))) else {
      throw .file(
        path,
        "takes a key that ollama-gateway has made (sk-og-…), or one of 32-256 visible characters of ASCII that begins otherwise"
      )
    }
    self.key = key
    notices =
      FileMode.warning(of: path, against: S_IRWXO | S_IWGRP, "others may read or write it").map { [$0] } ?? []
  }

  /// A custom key has another public part each time: it is known by its digest.
  private static func key(_ text: String) -> KeyText? {
    KeyText(ours: text) ?? KeyText(custom: text)
  }
}
