internal import Bytes
internal import JSON

/// Tells a request that does nothing but unload a model: `keep_alive` 0 and nothing to generate from.
public enum UnloadRequest {
  /// Bytes of a body that is looked at; one that only unloads is far shorter.
  private static let limit = 64 * 1024

  /// - Parameter body: of a request whose `keep_alive` is 0, in JSON.
  public static func isOne(_ body: UnsafeRawBufferPointer) -> Bool {
    guard body.count <= limit else { return false }
    var scanner = JSONMemberScanner()
    while case .member(let member)? = try? scanner.next(in: body) {
      if FoldedKey.matches(member.key, "prompt") || FoldedKey.matches(member.key, "messages")
        || FoldedKey.matches(member.key, "input")
      {
        guard isEmpty(member.value) else { return false }
      }
    }
    return true
  }

  private static func isEmpty(_ value: UnsafeRawBufferPointer) -> Bool {
    switch value.first {
    case UInt8(ascii: "n"): true
    case UInt8(ascii: "\""): value.count == 2
    case UInt8(ascii: "["): value.dropFirst().dropLast().allSatisfy { ASCII.isWhiteSpace($0) }
    default: false
    }
  }
}
