internal import HTTPFields
internal import Handling
internal import OllamaAPI

/// Failures of generations: in an event log they are a code and a message, over HTTP a status.
extension RequestFailure {
  /// The statuses that a generation can fail with.
  static let generationStatuses = [
    400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 501, 502, 503, 504,
  ]

  private static let statusesByCode: [String: Int] = Dictionary(
    uniqueKeysWithValues: generationStatuses.map { (code(of: $0), $0) })

  /// Codes of their own, of which each is a 503.
  private static let storeCodes: [String] = ["interrupted", "not_stored"]

  /// The gateway ended before the generation did.
  static let interrupted: RequestFailure = {
    var failure = RequestFailure(
      503, "The gateway ended before the answer did. What was kept of it is in the history.", retryAfter: 1)
    failure.code = storeCodes[0]
    return failure
  }()

  /// The word that stands for a status, such as `bad_gateway`.
  private static func code(of status: Int) -> String {
    ErrorReport(status: status, detail: "", instance: "", requestID: "").effectiveCode
  }

  /// The code that an event log carries for this failure.
  var generationCode: String { code ?? RequestFailure.code(of: status) }

  /// The failure that a generation's last event tells of.
  init(generationCode code: String, message: String, retryAfter: Int? = nil) {
    guard let own = RequestFailure.storeCodes.first(where: { $0.hasSameBytes(as: code) }) else {
      let status = RequestFailure.statusesByCode[code] ?? 502
      // In the words of all refusals of keys, and with the field that a 401 has to have.
      if status == 401 {
        self = .credential(message)
      } else {
        self.init(status, message, retryAfter: retryAfter)
      }
      return
    }
    self.init(503, message, retryAfter: retryAfter)
    self.code = own
  }
}
