/// What a transfer's TLS goes by in place of the library's own: whose certificates are believed, and the client's own one. PEM.
/// Secret: it is in no description.
///
/// Bytes and no paths: nothing is read from a disk on a loop, and what has changed is another value. libcurl shares a
/// connection between transfers only where authorities and certificate are the same bytes.
public final class TransferTLS: Sendable, Equatable, CustomStringConvertible, CustomReflectable {
  /// One certificate or more; nil for the system's.
  public let authorities: [UInt8]?
  /// The client's certificate, and those between it and its authority.
  public let certificate: [UInt8]?
  /// The certificate's key, without a pass phrase.
  public let key: [UInt8]?

  /// - Parameter identity: what the client shows a server that asks who it is.
  public init(authorities: [UInt8]?, identity: (certificate: [UInt8], key: [UInt8])?) {
    self.authorities = authorities
    certificate = identity?.certificate
    key = identity?.key
  }

  public static func == (left: TransferTLS, right: TransferTLS) -> Bool {
    left === right
      || left.authorities == right.authorities && left.certificate == right.certificate
        && left.key == right.key
  }

  public var description: String { "…" }

  public var customMirror: Mirror { Mirror(self, children: []) }
}
