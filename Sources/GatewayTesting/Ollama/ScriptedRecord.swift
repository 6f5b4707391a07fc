/// What a fake Ollama remembers, with a bound.
struct ScriptedRecord: Sendable {
  var snapshot = ScriptedOllama.Snapshot()
  /// How many of the latest exchanges are kept at least; twice as many at most.
  private let limit: Int

  init(limit: Int) {
    precondition(limit > 0, "the record needs room for one exchange")
    self.limit = limit
  }

  /// Adds an exchange that begins.
  mutating func add(_ request: ScriptedOllama.Request) {
    if snapshot.exchanges.count >= 2 * limit { snapshot.exchanges.removeFirst(limit) }
    snapshot.exchanges.append(ScriptedOllama.Exchange(request: request))
    snapshot.requestCount += 1
  }

  /// Changes the exchange of a request, if it is still kept.
  mutating func update(_ number: Int, _ change: (inout ScriptedOllama.Exchange) -> Void) {
    guard let first = snapshot.exchanges.first?.request.number, number >= first else { return }
    change(&snapshot.exchanges[number - first])
  }

  mutating func end(_ number: Int, _ ending: ScriptedOllama.Ending) {
    snapshot.endedCount += 1
    if ending == .responded { snapshot.respondedCount += 1 }
    update(number) { $0.ending = ending }
  }

  mutating func addViolation(_ text: String) {
    if snapshot.violations.count < 100 { snapshot.violations.append(text) }
  }

  mutating func changeWaiting(at gate: String, by difference: Int) {
    let count = snapshot.waiting(at: gate) + difference
    snapshot.waitingAtGate[gate] = count == 0 ? nil : count
  }
}
