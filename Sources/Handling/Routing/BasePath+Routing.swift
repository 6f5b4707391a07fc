internal import Bytes
package import Configuration
internal import HTTPServer

extension BasePath {
  /// Where the path behind the prefix begins in an escaped path; nil when the path is not under the prefix. What is left is
  /// empty or begins with a slash as it stands there, no `%2F`: it becomes the path of a URL again.
  package func end(in path: Substring) -> String.Index? {
    var rest = path.utf8[...]
    for byte in prefix.utf8 {
      guard BasePath.popDecoded(&rest) == byte else { return nil }
    }
    return rest.isEmpty || rest.first == UInt8(ascii: "/") ? rest.startIndex : nil
  }

  /// The next byte of a path. One that is escaped without need is the same (RFC 3986 section 6.2.2.2).
  private static func popDecoded(_ path: inout Substring.UTF8View) -> UInt8? {
    guard path.first == UInt8(ascii: "%") else { return path.popFirst() }
    let escape = path.prefix(3)
    path = path.dropFirst(3)
    return PercentEncoding.decode(Substring(escape))?.utf8.first
  }
}
