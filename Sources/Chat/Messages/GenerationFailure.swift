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

  /// The word that stands for a status, such as `bad_gateway`.
  private static func code(of status: Int) -> String {
    ErrorReport(status: status, detail: "", instance: "", requestID: "").effectiveCode
  }

  /// The code that an event log carries for this failure.
  var generationCode: String { RequestFailure.code(of: status) }

  /// The failure that a generation's last event tells of.
  init(generationCode code: String, message: String, retryAfter: Int? = nil) {
    self.init(RequestFailure.statusesByCode[code] ?? 502, message, retryAfter: retryAfter)
  }
}
