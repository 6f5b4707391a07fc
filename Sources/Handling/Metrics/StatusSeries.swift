/// The statuses that requests are counted by: an Ollama may respond with any, and each takes a histogram of its own.
package enum StatusSeries {
  /// A status that is registered (IANA, HTTP Status Code Registry), or 499 for a client that left. Any other is its class's
  /// first, as who does not know it has to take it (RFC 9110 section 15).
  package static func of(_ status: Int) -> Int {
    switch status {
    case 100...103, 200...208, 226, 300...305, 307, 308, 400...417, 421...426, 428, 429, 431, 451, 499,
      500...508, 510, 511:
      status
    case 100..<600: status / 100 * 100
    default: 500
    }
  }
}
