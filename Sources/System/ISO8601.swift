internal import Glibc

/// Points of the wall clock as ISO 8601 text in UTC with milliseconds: `2026-01-31T23:59:59.999Z`. Without Foundation and
/// without a cache: some tens of nanoseconds of arithmetic are cheaper than sharing one between threads.
package enum ISO8601 {
  /// The wall clock (`CLOCK_REALTIME`) in milliseconds since 1970-01-01T00:00:00Z. Any thread.
  package static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// The text's length in bytes.
  package static let length = 24

  /// The text of a point in time, in milliseconds since 1970. What lies outside of the years 0000-9999 becomes the nearest
  /// millisecond within.
  package static func text(_ milliseconds: Int64) -> String {
    String(unsafeUninitializedCapacity: length) { buffer in
      write(milliseconds, to: UnsafeMutableBufferPointer(rebasing: buffer[..<length]))
      return length
    }
  }

  /// Writes the text's 24 bytes to the start of `buffer`.
  package static func write(_ milliseconds: Int64, to buffer: UnsafeMutableBufferPointer<UInt8>) {
    precondition(buffer.count >= length)
    let clamped = min(max(milliseconds, -62_167_219_200_000), 253_402_300_799_999)
    let (days, inDay) = floorDivide(clamped, 86_400_000)
    let (year, month, day) = date(daysSince1970: days)
    let seconds = inDay / 1000
    buffer[23] = UInt8(ascii: "Z")
    put(year / 100, at: 0, in: buffer)
    put(year % 100, at: 2, in: buffer)
    buffer[4] = UInt8(ascii: "-")
    put(month, at: 5, in: buffer)
    buffer[7] = UInt8(ascii: "-")
    put(day, at: 8, in: buffer)
    buffer[10] = UInt8(ascii: "T")
    put(seconds / 3600, at: 11, in: buffer)
    buffer[13] = UInt8(ascii: ":")
    put(seconds / 60 % 60, at: 14, in: buffer)
    buffer[16] = UInt8(ascii: ":")
    put(seconds % 60, at: 17, in: buffer)
    buffer[19] = UInt8(ascii: ".")
    let fraction = inDay % 1000
    buffer[20] = digit(fraction / 100)
    put(fraction % 100, at: 21, in: buffer)
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
