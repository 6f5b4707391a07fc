import Limits
import Testing

@Suite struct LimitSetTests {
  @Test func aSetWithoutLimitsIsEmpty() {
    #expect(LimitSet().isEmpty)
    #expect(!LimitSet(streams: 1).isEmpty)
    #expect(!LimitSet(budgets: [Budget(unit: .tokens, period: .total, amount: 1)]).isEmpty)
  }

  @Test func thereIsOneBudgetOfEachUnitAndPeriod() {
    #expect(LimitSet.mostBudgets == 8)
  }
}
