internal import Handling
internal import JSON

/// The object that a connection keeps for its client, who adds to it. Nothing here goes by it: it is for clients of the
/// first system, which want it confirmed.
struct SocketConfiguration: Equatable {
  /// Bytes of the object.
  static let limit = 16 * 1024

  /// As JSON.
  private(set) var json = Array("{}".utf8)

  /// Takes the members of another object over; of those that both have, the other's stay.
  ///
  /// - Parameter other: as ``JSONWriter`` writes an object, so that the same key has the same bytes.
  /// - Throws: 422 where the object would be too large; then it is as it was.
  mutating func merge(_ other: [UInt8]) throws(RequestFailure) {
    var members: [(key: [UInt8], value: [UInt8])] = []
    var places: [[UInt8]: Int] = [:]
    for object in [json, other] {
      SocketConfiguration.forEachMember(of: object) { key, value in
        if let place = places[key] {
          members[place].value = value
        } else {
          places[key] = members.count
          members.append((key, value))
        }
      }
    }
    var merged = Array("{".utf8)
    for (key, value) in members {
      if merged.count > 1 { merged.append(UInt8(ascii: ",")) }
      merged += [UInt8(ascii: "\"")] + key + [UInt8(ascii: "\""), UInt8(ascii: ":")] + value
    }
    merged.append(UInt8(ascii: "}"))
    guard merged.count <= SocketConfiguration.limit else { throw SocketConfiguration.tooLarge }
    json = merged
  }

  /// More than a connection keeps.
  static let tooLarge = RequestFailure(
    422, "“config” takes at most \(limit) bytes, with what it has already.", field: "config")

  private static func forEachMember(of object: [UInt8], _ body: ([UInt8], [UInt8]) -> Void) {
    object.withUnsafeBytes { bytes in
      var scanner = JSONMemberScanner()
      while case .member(let member)? = try? scanner.next(in: bytes) {
        body(Array(member.key), Array(member.value))
      }
    }
  }
}
