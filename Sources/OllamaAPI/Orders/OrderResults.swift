/// What several servers have responded to one order, each in one piece, and what that comes to. A plain value.
public struct OrderResults: Sendable {
  /// What it means that a server has nothing by that name.
  public enum Absence: Sendable {
    /// It need not do anything: to delete, to unload.
    case isFine
    /// It has failed.
    case isFailure
  }

  /// What the client is told.
  public enum Verdict: Equatable, Sendable {
    /// This server's response, as it came.
    case response(of: Int)
    case failure(status: Int, String)
  }

  private struct Result {
    let status: Int
    let message: String
  }

  private let names: [String]
  private let absence: Absence
  private var results: [Result?]

  /// - Parameter names: what clients know the servers by.
  public init(_ names: [String], absence: Absence) {
    self.names = names
    self.absence = absence
    results = Array(repeating: nil, count: names.count)
  }

  /// - Parameters:
  ///   - status: of the response, or that with which the gateway tells why there is none.
  ///   - message: what went wrong; of at most ``ProgressLine/textLimit`` bytes, more is cut.
  public mutating func take(_ status: Int, _ message: String, of server: Int) {
    results[server] = Result(status: status, message: message.beginning(of: ProgressLine.textLimit))
  }

  /// Places of those that have failed, as far as they have responded.
  public var failed: [Int] { results.indices.filter { results[$0].map(isFailure) ?? false } }

  private func isFailure(_ result: Result) -> Bool {
    result.status >= 400 && !(absence == .isFine && result.status == 404)
  }

  /// Nil until all have responded.
  public var verdict: Verdict? {
    let results = results.compactMap { $0 }
    guard results.count == names.count else { return nil }
    let successes = results.indices.filter { results[$0].status < 400 }
    let failures = failed
    if failures.isEmpty { return .response(of: successes.first ?? 0) }
    let reasons = failures.map { "\(names[$0]): \(results[$0].message)" }.joined(separator: "; ")
    let text = "\(failures.count) of \(names.count) servers failed: \(reasons)"
    // Where all say the same, that is what it is; so it is where one has not got what it was asked for.
    let status = results[failures[0]].status
    let isSame = failures.allSatisfy { results[$0].status == status }
    let isOne = isSame && (successes.isEmpty || status == 404)
    return .failure(status: isOne ? status : 502, text)
  }
}
