import Testing

@testable import OllamaAPI

/// What a model reads by a template that a request has.
@Suite struct PromptTemplateTests {
  private func bytes(_ text: String, context: Int? = nil) -> Int {
    Array("\"\(text)\"".utf8).withUnsafeBytes {
      PromptTemplate($0).bytes(of: parts(prompt: 1000, system: 100, suffix: 10, context: context))
    }
  }

  private func parts(prompt: Int, system: Int, suffix: Int, context: Int?) -> PromptTemplate.Parts {
    var parts = PromptTemplate.Parts()
    // The greatest of several is taken.
    for share in [2, 1, 4] {
      parts.note(prompt: prompt / share)
      parts.note(system: system / share)
      parts.note(suffix: suffix / share)
      if let context { parts.note(context: context / share) }
    }
    parts.note(prompt: prompt)
    return parts
  }

  /// Beside one prompt and one system prompt it is its own.
  @Test(arguments: [
    ("no action", 0), ("{{ .Prompt }}", 0), ("{{-.System-}}{{.Prompt}}{{.Response}}", 0),
    (#"{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>{{ else }}-{{ end }}{{ .Prompt }}"#, 0),
    ("{{.Prompt}}{{.Prompt}}{{ .Prompt }}{{.System}}{{.System}}", 2 * 1000 + 100),
    (#"\u007b{.Prompt}}\u007b\u007b.Prom\u0070t}}"#, 1000), ("{{.}}{{.}}", 1000 + 100 + 10),
    ("{{.Suffix}}{{.Suffix}}{{- .Suffix -}}{{.Prompt}}", 20),
    ("{{.Prompt", 0), ("{{}}", 0), ("{{", 0), ("{", 0), ("{{{{.Prompt}}}}", 0),
  ])
  func whatItWrites(_ text: String, _ more: Int) {
    #expect(bytes(text) == text.utf8.count + 2 + more, "\(text)")
  }

  @Test(arguments: [
    "{{range .Messages}}{{.Content}}{{end}}", #"{{printf \"%99999s\" \"\"}}"#, "{{with .Prompt}}{{.}}{{end}}",
    "{{$p := .Prompt}}", #"{{define \"a\"}}{{end}}"#, #"{{ template \"a\" . }}"#, "{{ .Prompt | printf }}",
    "{{.Tools}}", String(repeating: "x", count: PromptTemplate.limit),
  ])
  func whatMayWriteAnything(_ text: String) {
    #expect(bytes(text, context: 100_000) == 400_000)
    #expect(bytes(text) == max(4 * 4096, text.utf8.count + 2))
    #expect(bytes(text, context: 1) == max(4, text.utf8.count + 2), "its own in any case")
  }

  @Test(arguments: ["null", "7", "[]", "{}", "\""]) func whatIsNone(_ value: String) {
    Array(value.utf8).withUnsafeBytes {
      #expect(PromptTemplate($0).bytes(of: parts(prompt: 9, system: 9, suffix: 9, context: 9)) == 0)
    }
  }

  /// Which of several Ollama takes is nobody's to choose.
  @Test(arguments: [
    ("{{.Prompt}}{{.Prompt}}", "and so on, and so on", 22 + 2 + 1000),
    ("{{.System}}{{.System}}", "{{.Suffix}}{{.Suffix}}", 22 + 2 + 100 + 10),
    ("{{range .Messages}}", "", 400_000), ("{{range .Messages}}", "{{.Prompt}}", 400_000),
    // What is written beside what may be anything.
    ("{{range .Messages}}", String(repeating: "{{.Prompt}}", count: 1000), 11_002 + 999 * 1000),
  ])
  func twoWriteWhatEitherDoes(_ one: String, _ other: String, _ bytes: Int) {
    let templates = [one, other].map { text in
      Array("\"\(text)\"".utf8).withUnsafeBytes { PromptTemplate($0) }
    }
    let parts = parts(prompt: 1000, system: 100, suffix: 10, context: 100_000)
    #expect(templates[0].union(templates[1]).bytes(of: parts) == bytes)
    #expect(templates[1].union(templates[0]).bytes(of: parts) == bytes)
    let none = Array("null".utf8).withUnsafeBytes { PromptTemplate($0) }
    #expect(templates[0].union(none) == templates[0])
  }

  @Test func whatLeavesTheContextToTheModelGivesTheUsual() {
    var parts = PromptTemplate.Parts()
    #expect(parts.mostContext == PromptTemplate.Parts.usualContext)
    parts.note(context: 10)
    #expect(parts.mostContext == 10)
    parts.note(context: nil)
    #expect(parts.mostContext == PromptTemplate.Parts.usualContext)
    parts.note(context: 100_000)
    parts.note(context: 10)
    #expect(parts.mostContext == 100_000)
  }
}
