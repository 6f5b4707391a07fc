import Testing

@testable import HTTPServer

@Suite struct ConnectionBudgetTests {
  private func decide(_ budget: ConnectionBudget, for place: Int) -> String {
    switch budget.take(for: place) {
    case .keep: "keep"
    case .handOver: "hand over"
    case .refuse: "refuse"
    }
  }

  @Test func aSingleServerKeepsAllUpToTheLimit() {
    let budget = ConnectionBudget(limit: 2)
    let place = budget.join { _ in }
    #expect((0..<3).map { _ in decide(budget, for: place) } == ["keep", "keep", "refuse"])
    budget.giveBack(place)
    #expect(decide(budget, for: place) == "keep")
  }

  /// One server accepts all that come.
  @Test func theServerWithTheFewestTakesTheNext() {
    let budget = ConnectionBudget(limit: 100)
    let places = (0..<3).map { _ in budget.join { _ in } }
    #expect(
      (0..<6).map { _ in decide(budget, for: places[1]) }
        == ["keep", "hand over", "hand over", "keep", "hand over", "hand over"])
    // The last server has lost both of its.
    budget.giveBack(places[2])
    budget.giveBack(places[2])
    #expect(decide(budget, for: places[2]) == "keep")
  }

  @Test func aServerThatGoesDownGetsNoOthers() {
    let budget = ConnectionBudget(limit: 100)
    let places = (0..<2).map { _ in budget.join { _ in } }
    budget.leave(places[1])
    #expect((0..<3).map { _ in decide(budget, for: places[0]) } == ["keep", "keep", "keep"])
    #expect(decide(budget, for: places[1]) == "keep")
  }
}
