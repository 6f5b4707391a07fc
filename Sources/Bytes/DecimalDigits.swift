/// Writes numbers in decimal digits.
@usableFromInline
package enum DecimalDigits {
  /// Calls `body` with the digits of a number, without leading zeros: no String, no allocation. They stand until it returns.
  @inlinable
  package static func with<Result>(_ number: UInt64, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    // 20 digits are the longest of 64 bits.
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
      var (rest, start) = (number, digits.count)
      repeat {
        start -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
        rest = quotient
      } while rest > 0
      return body(UnsafeRawBufferPointer(rebasing: digits[start...]))
    }
  }
}
