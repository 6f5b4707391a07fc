package import HTTPFields
internal import System

/// `Server-Timing` (W3C Server Timing): where the time of a response went, for the client's own tools.
package enum ServerTiming {
  private static let metric: StaticString = "ollama;dur="

  /// Adds the time that Ollama took, in milliseconds with a tenth.
  package static func append(ollama duration: Duration, to fields: inout FieldSection) {
    let tenths = max(0, duration.wholeNanoseconds / 100_000)
    // Fourteen digits are 292 years.
    withUnsafeTemporaryAllocation(byteCount: metric.utf8CodeUnitCount + 16, alignment: 1) { text in
      var start = text.count
      func prepend(_ byte: UInt8) {
        start -= 1
        text[start] = byte
      }
      func prependDigit(of number: Int64) { prepend(UInt8(ascii: "0") + UInt8(number % 10)) }
      prependDigit(of: tenths)
      prepend(UInt8(ascii: "."))
      var whole = tenths / 10
      repeat {
        prependDigit(of: whole)
        whole /= 10
      } while whole > 0
      start -= metric.utf8CodeUnitCount
      (text.baseAddress! + start).copyMemory(from: metric.utf8Start, byteCount: metric.utf8CodeUnitCount)
      fields.append("Server-Timing", UnsafeRawBufferPointer(rebasing: text[start...]))
    }
  }
}
