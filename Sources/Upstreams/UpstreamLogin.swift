package import HTTPClient
package import HTTPFields

/// How the gateway and a server know each other. Secret: it is in no description, and `dump` shows nothing of it.
package struct UpstreamLogin: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// Fields of every request to the server, in place of those of the same names that a client has sent.
  package let fields: FieldSection
  /// Of connections to it; nil for what holds for all.
  package let tls: TransferTLS?

  package init(fields: FieldSection = [], tls: TransferTLS? = nil) {
    self.fields = fields
    self.tls = tls
  }

  /// Whether the server is shown anything by which it may know the gateway.
  package var hasCredentials: Bool { fields.count > 0 || tls?.certificate != nil }

  package static func == (left: UpstreamLogin, right: UpstreamLogin) -> Bool {
    left.fields.hasSameBytes(as: right.fields) && left.tls == right.tls
  }

  package var description: String { fields.count == 0 && tls == nil ? "none" : "…" }

  package var customMirror: Mirror { Mirror(self, children: []) }
}
