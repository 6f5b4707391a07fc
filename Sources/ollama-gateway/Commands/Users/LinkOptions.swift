import Access
import ArgumentParser
import ChatClient
import System

/// Where the chat page is, for a link to it.
struct LinkOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The address of the chat page, by which the whole link is printed and not its secret alone.",
      valueName: "https://HOST/PATH"))
  var url: String?

  /// What the page does by it.
  enum Kind: String {
    case reset, verify
  }

  /// - Parameter isWanted: whether there is a link to print.
  func check(isWanted: Bool = true) throws {
    guard let url else { return }
    guard isWanted else { throw ValidationError("--url goes with --reset") }
    guard url.utf8.starts(with: "http://".utf8) || url.utf8.starts(with: "https://".utf8),
      url.utf8.allSatisfy({ 0x21...0x7E ~= $0 }), !url.utf8.contains(UInt8(ascii: "#")),
      !url.utf8.contains(UInt8(ascii: "?"))
    else {
      throw ValidationError("--url takes the address of the chat page: http:// or https://, without ? and #")
    }
  }

  /// Prints it: the one time that it is told.
  func write(_ secret: LinkSecret, as kind: Kind) {
    print(text(secret, as: kind))
  }

  /// Behind a `#`, as it is sent to no server then and stands in no log.
  func text(_ secret: LinkSecret, as kind: Kind) -> String {
    guard let url else { return secret.text }
    return "\(url)\(url.utf8.last == UInt8(ascii: "/") ? "" : "/")#\(kind.rawValue)=\(secret.text)"
  }

  /// What there is to do with it, for whoever has asked for it.
  func words(_ kind: Kind, of name: UserName, until end: Timestamp) -> String {
    let what =
      url == nil
      ? "the secret above belongs behind the chat page's address: …/#\(kind.rawValue)=SECRET\n" : ""
    let use =
      switch kind {
      case .reset: "by it \(name) sets a new password, once"
      case .verify: "by it \(name) shows the e-mail address to be right, once"
      }
    return "\(what)\(use), until \(end.iso8601)\n"
  }
}
