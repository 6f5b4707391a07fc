import Administration
import ArgumentParser
import Limits

/// Limits as flags, of keys and of teams.
struct LimitOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Requests a minute.", valueName: "N")) var rpm: Int?
  @Option(help: ArgumentHelp("Requests a day.", valueName: "N")) var rpd: Int?
  @Option(help: ArgumentHelp("Tokens a minute.", valueName: "N")) var tpm: Int?
  @Option(help: ArgumentHelp("Tokens a day.", valueName: "N")) var tpd: Int?
  @Option(help: ArgumentHelp("Requests that run or wait at one time.", valueName: "N")) var concurrent: Int?
  @Option(help: ArgumentHelp("Streams that are open at one time.", valueName: "N")) var streams: Int?
  @Option(help: ArgumentHelp("WebSockets that are open at one time.", valueName: "N")) var websockets: Int?
  @Option(
    help: ArgumentHelp(
      "What may be used in a window of the calendar (day, week, month, total), of tokens or gpu_seconds; may be repeated.",
      valueName: "1000000tokens/month"))
  var budget: [String] = []

  /// What they say, by the flags' names.
  private var numbers: [(flag: String, path: any WritableKeyPath<LimitSet, Int?> & Sendable, number: Int?)] {
    [
      ("--rpm", \.rpm, rpm), ("--rpd", \.rpd, rpd), ("--tpm", \.tpm, tpm), ("--tpd", \.tpd, tpd),
      ("--concurrent", \.concurrent, concurrent), ("--streams", \.streams, streams),
      ("--websockets", \.websockets, websockets),
    ]
  }

  /// What they change; limits that no flag names stay.
  ///
  /// - Throws: what is wrong with the call.
  func steps() throws -> [LimitStep] {
    var steps: [LimitStep] = []
    for (flag, path, number) in numbers {
      guard let number else { continue }
      guard LimitSet.range.contains(number) else {
        throw ValidationError("\(flag) takes a whole number from 1 to \(LimitSet.range.upperBound)")
      }
      steps.append(.number(path, number))
    }
    if let budgets = try budgets() { steps.append(.budgets(budgets)) }
    return steps
  }

  private func budgets() throws -> [Budget]? {
    guard !budget.isEmpty else { return nil }
    var budgets: [Budget] = []
    for text in budget {
      guard let new = Budget(text: text) else { throw ValidationError("--budget takes \(Budget.textTakes)") }
      guard !budgets.contains(where: { $0.unit == new.unit && $0.period == new.period }) else {
        throw ValidationError("--budget takes one budget of each unit and period")
      }
      budgets.append(new)
    }
    return budgets
  }
}

extension LimitSet {
  /// On one line, for people; empty where nothing is limited.
  var words: String {
    let numbers: [(String, Int?)] = [
      ("rpm", rpm), ("rpd", rpd), ("tpm", tpm), ("tpd", tpd), ("concurrent", concurrent),
      ("streams", streams), ("websockets", websockets),
    ]
    return (numbers.compactMap { name, number in number.map { "\(name)=\($0)" } } + budgets.map(\.text))
      .joined(separator: " ")
  }
}
