internal import Bytes
internal import Glibc

/// Our secret at an issuer. It is in no description.
public struct IssuerSecret: Sendable, Equatable {
  /// 1-1024 visible characters of ASCII.
  public let text: String

  /// Reads the file, with white space around the secret or without. Blocks; for the start only.
  ///
  /// - Throws: a line that says what is wrong, and nothing of the secret.
  public init(path: String) throws(ConfigurationError) {
    let text: String
    do {
      text = try BoundedFile.read(path, limit: 4096, isRegular: true)
    } catch {
      throw .file(path, "\(error.problem) (client_secret_file of oidc)")
    }
    let secret = String(text.trimmed(\.isWhitespace))
    guard (1...1024).contains(secret.utf8.count), secret.utf8.allSatisfy(ASCII.isVisible) else {
      throw .file(path, "takes a secret of 1-1024 visible characters of ASCII (client_secret_file of oidc)")
    }
    self.text = secret
  }

  package init(_ text: String) { self.text = text }

  /// What is worth a warning: others may read the file.
  public static func notice(of path: String) -> String? {
    FileMode.warning(of: path, against: S_IRWXO | S_IWGRP, "others may read or write it")
  }
}

extension IssuerSecret: CustomStringConvertible, CustomReflectable {
  public var description: String { "…" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
