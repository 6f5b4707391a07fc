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

  private static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// The proleptic Gregorian date, by eras of 400 years that start on 1 March, so that the leap day comes last.
  private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }

  private static func digit(_ value: Int64) -> UInt8 { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value) }

  private static func put(_ value: Int64, at index: Int, in buffer: UnsafeMutableBufferPointer<UInt8>) {
    buffer[index] = digit(value / 10)
    buffer[index + 1] = digit(value % 10)
  }
}
