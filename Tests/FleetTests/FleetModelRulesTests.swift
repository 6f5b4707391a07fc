import Fleet
import Testing

@Suite("Model rules") struct FleetModelRulesTests {
  @Test(arguments: [
    ([], [], "a:latest", true),
    (["a:*"], [], "a:latest", true),
    (["a:*"], [], "ab:latest", false),
    (["*"], ["*:70b"], "llama3:70b", false),
    (["*"], ["*:70b"], "llama3:8b", true),
    (["llama*:8b", "qwen*"], [], "qwen3:32b", true),
    (["a*b*c"], [], "a:b:bc", true),
    (["a*b*c"], [], "a:b:b", false),
    ([""], [], "a:latest", false),
    (["a:latest"], ["a:latest"], "a:latest", false),
  ])
  func allowsAndDenies(allow: [String], deny: [String], name: String, isAllowed: Bool) {
    #expect(FleetModelRules(allow: allow, deny: deny).allows(name) == isAllowed)
  }
}
