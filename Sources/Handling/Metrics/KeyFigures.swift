package import Accounts
package import Limits

/// What came of the work for each key, as one worker has counted it, by the numbers of ``KeyLabels``.
package struct KeyFigures: Sendable {
  /// Of one key.
  package struct Figures: Sendable, Equatable {
    /// That are over.
    package var requests = 0
    /// Of these, with a status of 400 or more.
    package var failures = 0
    package var inputTokens = 0
    package var outputTokens = 0
    /// For which a server was at work.
    package var gpuMicroseconds = 0
    /// Requests that were refused, by the limit.
    package var refusals: [LimitKind: Int] = [:]

    package init() {}

    fileprivate mutating func count(_ usage: Usage, status: Int) {
      requests += 1
      if status >= 400 { failures += 1 }
      inputTokens += usage.inputTokens
      outputTokens += usage.outputTokens
      gpuMicroseconds += usage.promptMicroseconds + usage.evalMicroseconds
    }

    package mutating func add(_ other: Figures) {
      requests += other.requests
      failures += other.failures
      inputTokens += other.inputTokens
      outputTokens += other.outputTokens
      gpuMicroseconds += other.gpuMicroseconds
      refusals.merge(other.refusals, uniquingKeysWith: +)
    }
  }

  /// Those that were counted, by the labels' numbers.
  package private(set) var entries: [Figures?] = []

  package init() {}

  package mutating func note(_ usage: Usage, status: Int, label: Int) {
    while entries.count <= label { entries.append(nil) }
    if entries[label] == nil { entries[label] = Figures() }
    // In its place: to take it out and put it back takes longer than to count.
    entries[label]?.count(usage, status: status)
  }

  package mutating func noteRefusal(_ kind: LimitKind, label: Int) {
    change(label) { $0.refusals[kind, default: 0] += 1 }
  }

  package mutating func add(_ other: KeyFigures) {
    for (label, figures) in other.entries.enumerated() {
      if let figures { change(label) { $0.add(figures) } }
    }
  }

  private mutating func change(_ label: Int, _ body: (inout Figures) -> Void) {
    while entries.count <= label { entries.append(nil) }
    var figures = entries[label] ?? Figures()
    // The dictionary has one owner while it changes.
    entries[label] = nil
    body(&figures)
    entries[label] = figures
  }
}
