// The calendar in UTC: arithmetic alone, without tables, Foundation or the C library.
extension Timestamp {
  static func floorDivide(_ value: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// The whole days since 1970-01-01, rounded down: those before it are negative.
  package var daysSince1970: Int64 { Timestamp.floorDivide(millisecondsSince1970, 86_400_000).quotient }

  /// The proleptic Gregorian date, by eras of 400 years that start on 1 March, so that the leap day comes last.
  ///
  /// - Parameter daysSince1970: those of a timestamp: any that its milliseconds can tell.
  package static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
  }

  /// The days from 1970-01-01 to the first of a month of the proleptic Gregorian calendar, which is the inverse of ``date(daysSince1970:)``.
  ///
  /// - Parameters:
  ///   - year: within 300 million years of 1970.
  ///   - month: 1-12.
  package static func daysSince1970(year: Int64, month: Int64) -> Int64 {
    let shiftedYear = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(shiftedYear, 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}
