/// ISO 8601 text in UTC with milliseconds: `2026-01-31T23:59:59.999Z`. Without Foundation and without a cache: some tens of
/// nanoseconds of arithmetic are cheaper than sharing one between threads.
extension Timestamp {
  /// The text's length in bytes.
  package static let iso8601Length = 24

  /// The text. What lies outside of the years 0000-9999 becomes the nearest millisecond within.
  package var iso8601: String {
    String(unsafeUninitializedCapacity: Timestamp.iso8601Length) { buffer in
      writeISO8601(to: UnsafeMutableBufferPointer(rebasing: buffer[..<Timestamp.iso8601Length]))
      return Timestamp.iso8601Length
    }
  }

  /// Writes the text's 24 bytes to the start of `buffer`.
  package func writeISO8601(to buffer: UnsafeMutableBufferPointer<UInt8>) {
    precondition(buffer.count >= Timestamp.iso8601Length)
    let clamped = min(max(millisecondsSince1970, -62_167_219_200_000), 253_402_300_799_999)
    let (days, inDay) = Timestamp.floorDivide(clamped, 86_400_000)
    let (year, month, day) = Timestamp.date(daysSince1970: days)
    let seconds = inDay / 1000
    buffer[23] = UInt8(ascii: "Z")
    Timestamp.put(year / 100, at: 0, in: buffer)
    Timestamp.put(year % 100, at: 2, in: buffer)
    buffer[4] = UInt8(ascii: "-")
    Timestamp.put(month, at: 5, in: buffer)
    buffer[7] = UInt8(ascii: "-")
    Timestamp.put(day, at: 8, in: buffer)
    buffer[10] = UInt8(ascii: "T")
    Timestamp.put(seconds / 3600, at: 11, in: buffer)
    buffer[13] = UInt8(ascii: ":")
    Timestamp.put(seconds / 60 % 60, at: 14, in: buffer)
    buffer[16] = UInt8(ascii: ":")
    Timestamp.put(seconds % 60, at: 17, in: buffer)
    buffer[19] = UInt8(ascii: ".")
    let fraction = inDay % 1000
    buffer[20] = Timestamp.digit(fraction / 100)
    Timestamp.put(fraction % 100, at: 21, in: buffer)
  }

  private static func digit(_ value: Int64) -> UInt8 { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value) }

  private static func put(_ value: Int64, at index: Int, in buffer: UnsafeMutableBufferPointer<UInt8>) {
    buffer[index] = digit(value / 10)
    buffer[index + 1] = digit(value % 10)
  }
}
