import Testing

@testable import OllamaAPI

/// What a model reads by a template that a request has.
@Suite struct PromptTemplateTests {
  private func bytes(_ text: String, context: Int? = nil) -> Int {
    Array("\"\(text)\"".utf8).withUnsafeBytes {
      PromptTemplate($0).bytes(prompt: 1000, system: 100, contextLength: context)
    }
  }

  /// Beside one prompt and one system prompt it is its own.
  @Test(arguments: [
    ("no action", 0), ("{{ .Prompt }}", 0), ("{{-.System-}}{{.Prompt}}{{.Response}}", 0),
    (#"{{ if .System }}<|im_start|>system\n{{ .System }}<|im_end|>{{ else }}-{{ end }}{{ .Prompt }}"#, 0),
    ("{{.Prompt}}{{.Prompt}}{{ .Prompt }}{{.System}}{{.System}}", 2 * 1000 + 100),
    (#"\u007b{.Prompt}}\u007b\u007b.Prom\u0070t}}"#, 1000), ("{{.}}{{.}}", 1000 + 100),
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
      #expect(PromptTemplate($0).bytes(prompt: 9, system: 9, contextLength: 9) == 0)
    }
  }
}
