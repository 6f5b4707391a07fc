import Handling
import OllamaAPI
import Testing

@testable import Relay

@Suite struct OrderPatienceTests {
  private func verdict(_ route: RelayRoute, isStreamed: Bool = false, _ seconds: Int, isDown: Bool = false)
    -> String?
  {
    OrderPatience(Intervals(), of: route, isStreamed: isStreamed).verdict(
      silentFor: .seconds(seconds), isDown: isDown)
  }

  @Test func aServerThatIsDownIsGivenUpSoon() {
    let pull = RelayRoute.management(.json, .progress)
    #expect(verdict(pull, 29, isDown: true) == nil)
    #expect(verdict(pull, 30, isDown: true) == "it is down, and was silent for 30 s")
  }

  @Test func oneThatIsUpHasAsLongAsTheOrderTakes() {
    let (pull, delete) = (RelayRoute.management(.json, .progress), RelayRoute.management(.json))
    #expect(verdict(delete, 59) == nil && verdict(delete, 60) == "it was silent for 60 s")
    #expect(verdict(pull, isStreamed: true, 1_799) == nil)
    #expect(verdict(pull, isStreamed: true, 1_800) == "it was silent for 1800 s")
    #expect(verdict(pull, 1_000_000) == nil)
  }
}
