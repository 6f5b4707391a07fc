internal import Access

/// What somebody has typed for a name, as locks know it: its digest. So a name of any length costs the same, and none is kept.
package struct LoginName: Hashable, Sendable {
  private let digest: SecretDigest

  /// - Parameter text: a user's name, or an e-mail address, whose letters count the same in both cases.
  package init(_ text: String) {
    var text = text.utf8.contains(UInt8(ascii: "@")) ? text.lowercased() : text
    digest = text.withUTF8 { SecretDigest(of: UnsafeRawBufferPointer($0)) }
  }
}
