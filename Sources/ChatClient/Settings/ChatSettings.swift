internal import Bytes
public import HTTPClient

/// What a chat is to be.
public struct ChatSettings: Sendable {
  /// Where the gateway is.
  public var url: ChatURL
  /// What the gateway knows the caller by; nil where it asks for none.
  public var key: ChatKey?
  /// Whose certificates are believed.
  public var authorities = CertificateAuthorities()
  /// The session to join, which is made if it is not known; nil is a new one. 1 to 128 of `A-Z a-z 0-9 . _ -`, but not `.`
  /// or `..`.
  public var session: String?
  /// nil is the gateway's default model.
  public var model: String?
  /// Whether somebody sits at a terminal and wants a prompt.
  public var isInteractive = false
  /// Whether standard output is a terminal, whatever the input is: then what is printed is cleaned. Otherwise it goes out
  /// as it came.
  public var writesToTerminal = false
  /// Where lines are read.
  public var input: Int32 = 0

  /// A new session with the gateway's default model.
  public init(_ url: ChatURL) { self.url = url }

  /// Whether there is a key, and neither TLS nor this machine keeps it from others.
  public var sendsKeyInTheClear: Bool {
    let isOfThisMachine = ["localhost", "::1"].contains(url.host.lowercased()) || url.host.hasPrefix("127.")
    return key != nil && !url.isSecure && !isOfThisMachine
  }

  /// Whether a session can have this name.
  public static func isSession(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count) && name != "." && name != ".."
      && name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "._-".utf8.contains($0) }
  }
}
