import Configuration
import Testing

@testable import Handling

@Suite struct ModelAliasesTests {
  private func aliases(_ texts: String...) throws -> ModelAliases {
    ModelAliases(try texts.map { try #require(ModelAlias($0)) })
  }

  @Test func aNameIsTheSameInEachOfItsSpellings() throws {
    let aliases = try aliases("gpt-4o=llama3.1:8b")
    for name in ["gpt-4o", "gpt-4o:latest", "GPT-4o", "library/gpt-4o"] {
      #expect(aliases.model(for: name) == "llama3.1:8b", "\(name)")
    }
    for name in ["gpt-4", "gpt-4o:mini", "", "gpt-4o\u{301}", String(repeating: "a", count: 700)] {
      #expect(aliases.model(for: name) == nil, "\(name)")
    }
  }

  @Test func aWholeNameGoesBeforeAPatternAndTheLongestPatternFirst() throws {
    let aliases = try aliases(
      "*=any", "claude-*=c", "claude-*-haiku*=small", "claude-3=three", "claude-*=never")
    #expect(aliases.model(for: "claude-3") == "three")
    #expect(aliases.model(for: "claude-4") == "c")
    #expect(aliases.model(for: "Claude-4-haiku-2026") == "small")
    #expect(aliases.model(for: "else") == "any")
    #expect(aliases.names.map(\.name) == ["claude-3"])
  }

  @Test func starsStandForAnyBytes() throws {
    let aliases = try aliases("*-turbo=t", "a*b*c=abc", "x:*=tagged")
    #expect(aliases.model(for: "gpt-3.5-turbo") == "t")
    #expect(aliases.model(for: "gpt-3.5-turbo:latest") == nil)
    #expect(aliases.model(for: "abc") == "abc" && aliases.model(for: "axxbyyc") == "abc")
    #expect(aliases.model(for: "ac") == nil && aliases.model(for: "acb") == nil)
    // The tag that a name without one means.
    #expect(aliases.model(for: "x") == "tagged" && aliases.model(for: "x:7b") == "tagged")
  }

  @Test func itIsOneStep() throws {
    let aliases = try aliases("a=b", "b=c")
    #expect(aliases.model(for: "a") == "b" && aliases.model(for: "b") == "c")
    #expect(ModelAliases([]).isEmpty && ModelAliases([]).model(for: "a") == nil)
  }
}
