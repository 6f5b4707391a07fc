/// What a head takes of the memory that libmicrohttpd has for a connection: its text, a record for each field, parameter of
/// the query and cookie, and a copy of the cookies.
struct HeadMemory {
  /// Bytes of the target, and of the whole head.
  var target = 0
  var text = 0
  var fields = 0
  var parameters = 0
  var cookies = 0
  var cookieText = 0

  /// Bytes of a record, and about what a copy takes beside its text.
  private static let record = 64
  private static let copyOverhead = 32

  private var records: Int { HeadMemory.record * (fields + parameters + cookies) }
  private var copies: Int { cookies > 0 ? cookieText + HeadMemory.copyOverhead : 0 }

  /// Bytes in all.
  var total: Int { text + records + copies }

  /// Counts the parameters of a target: what stands between `&`, the empty ones among it.
  mutating func count(target bytes: UnsafeRawBufferPointer) {
    target = bytes.count
    guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return }
    parameters = 1
    for byte in bytes[mark...] where byte == UInt8(ascii: "&") { parameters += 1 }
  }

  /// Counts the cookies of a field.
  mutating func count(cookie value: UnsafeRawBufferPointer) {
    cookieText += value.count
    cookies += 1
    for byte in value where byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") { cookies += 1 }
  }

  /// Why a head is too large; nil where it is not.
  ///
  /// The library lends half of its memory to reading, where what follows the head may lie already: the records and copies
  /// must fit into the other half, whatever the rest of the limit would let pass.
  func refusal(limit: Int, memory: Int) -> RequestValidation.Refusal? {
    guard total > limit || records + copies > memory / 2 - HeadMemory.reserve else { return nil }
    let ofTarget = target + HeadMemory.record * parameters
    return ofTarget > total / 2 ? HeadMemory.targetTooLong : HeadMemory.tooLarge
  }

  /// Bytes that the library loses to rounding.
  private static let reserve = 128

  static let targetTooLong = RequestValidation.Refusal(
    414, "the target is too long, or has too many parameters")
  static let tooLarge = RequestValidation.Refusal(431, "the header is too large")
}
