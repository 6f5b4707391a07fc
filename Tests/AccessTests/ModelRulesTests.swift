import Testing

@testable import Access

/// Which models a key may use.
@Suite struct ModelRulesTests {
  private func allows(_ rules: [String], _ name: String, _ others: String...) throws -> Bool {
    try #require(ModelRules(rules)).allows(name, alsoKnownAs: others)
  }

  @Test(arguments: [
    (["llama3*"], "llama3:latest", true), (["llama3*"], "llama3.1:8b", true),
    (["llama3*"], "qwen3:8b", false),
    (["llama3*"], "mike/llama3:latest", false), (["*:7b"], "qwen:7b", true), (["*:7b"], "qwen:70b", false),
    (["*"], "anything:latest", true), ([], "anything:latest", false),
    (["Llama3"], "llama3:latest", true), (["llama3"], "llama3:8b", false),
    (["library/llama3"], "llama3:latest", true),
    (["registry.ollama.ai/library/llama3:8b"], "llama3:8b", true),
    (["llama3:8b@sha256:00"], "llama3:8b", true),
    // A pattern without a tag means the one that a name without a tag means.
    (["*llama3"], "tinyllama3:latest", true), (["*llama3"], "tinyllama3:8b", false),
    (["host:5000/ns/*"], "host:5000/ns/a:latest", true),
  ])
  func holdsForCanonicalNames(_ rules: [String], _ name: String, _ isAllowed: Bool) throws {
    #expect(try allows(rules, name) == isAllowed)
  }

  @Test(arguments: [
    (["!*:70b"], "llama3:8b", true), (["!*:70b"], "llama3:70b", false),
    (["llama3*", "!*:70b"], "llama3:70b", false),
    (["!*:70b", "llama3*"], "llama3:8b", true), (["llama3*", "!*:70b"], "qwen3:8b", false),
    (["!llama3"], "llama3:latest", false), (["!llama3"], "llama3:8b", true),
  ])
  func whatIsBehindAMarkGoesFirst(_ rules: [String], _ name: String, _ isAllowed: Bool) throws {
    #expect(try allows(rules, name) == isAllowed)
  }

  @Test("A copy opens no closed model, and closes no open one")
  func copies() throws {
    #expect(try !allows(["!secret*"], "copy:latest", "secret:latest"))
    #expect(try !allows(["*", "!secret*"], "copy:latest", "other:latest", "secret:latest"))
    #expect(try allows(["llama3*"], "llama3:8b", "copy:latest"))
    #expect(try !allows(["llama3*"], "copy:latest", "llama3:8b"))
    #expect(try #require(ModelRules(["a", "!b"])).looksAtOtherNames)
    #expect(try !#require(ModelRules(["a", "b*"])).looksAtOtherNames)
    #expect(try !#require(ModelRules([])).looksAtOtherNames)
  }

  /// Ollama takes the registry with its port, or with a dot behind it, for another host, and gets the same model from it.
  @Test(arguments: [
    ("!llama3*", "registry.ollama.ai:443/library/llama3:8b", false),
    ("!llama3*", "registry.ollama.ai:80/llama3:8b", false),
    ("!llama3*", "registry.ollama.ai./library/llama3:8b", false),
    ("!llama3*", "registry.ollama.ai.:443//library/llama3:8b", false),
    ("!mike/*", "registry.ollama.ai:443/mike/llama3:8b", false),
    ("!library/*", "registry.ollama.ai:443/library/llama3:8b", false),
    ("!registry.ollama.ai:443/library/llama3", "registry.ollama.ai:443/library/llama3:latest", false),
    ("!llama3*", "registry.ollama.ai.evil.example/library/llama3:8b", true),
    ("!llama3*", "registry.ollama.aix/library/llama3:8b", true),
    ("!llama3*", "registry.ollama.ai:443", true),
    ("!llama3*", "registry.ollama.ai:443/library/qwen3:8b", true),
  ])
  func theRegistryInOtherWords(_ rule: String, _ name: String, _ isAllowed: Bool) throws {
    #expect(try allows([rule], name) == isAllowed)
    #expect(try allows([rule], "copy:latest", name) == isAllowed)
    // What opens goes by the name alone.
    #expect(try !allows(["llama3*"], "registry.ollama.ai:443/library/llama3:8b"))
  }

  /// Canonical names are without the registry and the folder: a pattern that names them holds for those alone.
  @Test(arguments: [
    ("library/*", "llama3:latest", true), ("library/*", "mike/llama3:latest", false),
    ("registry.ollama.ai/library/*", "llama3:latest", true),
    ("registry.ollama.ai/*", "mike/llama3:latest", true), ("registry.ollama.ai/*", "llama3:latest", true),
    ("registry.ollama.ai/*", "hf.co/mike/llama3:latest", false),
    ("library/*", "hf.co/library/llama3:latest", false),
    ("library/*:8b", "llama3:8b", true), ("library/*:8b", "llama3:latest", false),
  ])
  func namesOfTheLibrary(_ rule: String, _ name: String, _ isAllowed: Bool) throws {
    #expect(try allows([rule], name) == isAllowed)
    #expect(try allows(["!" + rule], name) == !isAllowed)
  }

  @Test(arguments: [
    [""], ["!"], ["!!a"], ["a b"], ["-a"], ["a,b"], ["é"], ["\u{301}a"], ["!\u{301}a"],
    [String(repeating: "a", count: 256)],
    Array(repeating: "a", count: 101),
  ])
  func refuses(_ rules: [String]) { #expect(ModelRules(rules) == nil) }

  @Test func bothKeyAndTeamMustAllow() throws {
    let now = KeyRecord.testTime
    var key = KeyRecord(id: .random(), name: "k", secret: KeyText().secret, createdAt: now)
    key.models = ModelRules(["llama3*"])
    let team = TeamRecord(name: try #require(TeamName("t")), models: ModelRules(["!*:70b"]), createdAt: now)
    let grant = Grant(key, team: team)
    #expect(grant.allows("llama3:8b") && !grant.allows("llama3:70b") && !grant.allows("qwen3:8b"))
    #expect(grant.looksAtOtherNames)
    #expect(!grant.allows("llama3:8b", alsoKnownAs: ["x:70b"]))
    key.models = nil
    #expect(Grant(key, team: nil).allows("anything:latest"))
  }

  /// The work is at most the product of the two lengths.
  @Test func manyStarsEnd() throws {
    let stars = String(repeating: "a*", count: 127)
    #expect(try !allows([stars + "b"], String(repeating: "a", count: 600)))
  }
}
