package import HTTPFields

/// What the gateway shows a server so that it is let in. Secret: it is in no description, and `dump` shows nothing of it.
package struct UpstreamLogin: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// Fields of every request to the server, in place of those of the same names that a client has sent.
  package let fields: FieldSection

  package init(fields: FieldSection = []) { self.fields = fields }

  /// Whether there is nothing to show.
  package var isEmpty: Bool { fields.count == 0 }

  package static func == (left: UpstreamLogin, right: UpstreamLogin) -> Bool {
    left.fields.hasSameBytes(as: right.fields)
  }

  package var description: String { isEmpty ? "none" : "…" }

  package var customMirror: Mirror { Mirror(self, children: []) }
}
