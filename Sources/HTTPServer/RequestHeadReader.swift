internal import CMicroHTTPD
internal import Glibc
internal import HTTPFields

/// Takes the fields of a head from libmicrohttpd, and finds out whether they are all of it.
///
/// libmicrohttpd 0.9 cuts a head to pieces where it lies, and its pieces end at a NUL. So a NUL that the client has sent
/// hides what follows; the continuation of a folded line is glued to the field's name; a last field without a name is left out; a
/// bare line feed ends a line. Another server may read any of these in another way. Here the pieces must make up the
/// whole head, with nothing but the separators of RFC 9112 section 2.1 between them.
///
/// The library's version 1.0 lays heads out as it likes, and refuses all of that itself.
struct RequestHeadReader {
  private(set) var fields: FieldSection
  /// Where the next line of the head begins; nil once a piece is not where it should be.
  private var nextLine: UnsafePointer<CChar>?
  private let start: UnsafePointer<CChar>
  private let size: Int

  static let cutsInPlace = cmhd_is_0_9() != 0

  /// - Parameters:
  ///   - target: the library's own memory of it, without the NUL at its end.
  ///   - size: of the whole head, the empty line at its end included.
  init(
    method: UnsafePointer<CChar>, target: UnsafeBufferPointer<CChar>, version: UnsafePointer<CChar>,
    size: Int
  ) {
    // They are kept as long as the request: about what they take, and no more.
    fields = FieldSection(reservingCapacity: 8, bytes: size)
    self.size = size
    start = method
    guard let targetStart = target.baseAddress, method + strlen(method) + 1 == targetStart,
      targetStart + target.count + 1 == version
    else { return }
    nextLine = version + strlen(version) + 2
  }

  mutating func take(
    name: UnsafePointer<CChar>?, _ nameSize: Int, value: UnsafePointer<CChar>?, _ valueSize: Int
  ) {
    var size = valueSize
    // White space before a value is gone already (RFC 9110 section 5.5).
    while size > 0, let byte = value?[size - 1], byte == 0x20 || byte == 0x09 { size -= 1 }
    fields.append(
      name: UnsafeRawBufferPointer(start: name, count: nameSize),
      value: UnsafeRawBufferPointer(start: value, count: size))
    nextLine = value != nil && name == nextLine ? value! + valueSize + 2 : nil
  }

  /// Whether the head was nothing but what was taken.
  var isWhole: Bool {
    guard RequestHeadReader.cutsInPlace else { return true }
    return nextLine.map { $0 + 2 == start + size } ?? false
  }
}
