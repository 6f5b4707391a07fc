import Configuration
import GatewayTesting
import Testing

@testable import ollama_gateway

/// `ollama-gateway models`.
@Suite struct ModelsCommandTests {
  /// Runs `models` at an address where each request gets its response.
  private func run(
    _ arguments: [String], responses: [String], environment: [String: String] = [:]
  ) throws -> (code: Int32, output: String, errors: String, requests: [String]) {
    let listener = try #require(Listener())
    let run = try ProgramRun(
      ["models"] + arguments + ["--listen", "127.0.0.1:\(listener.port)"], environment: environment)
    var requests: [String] = []
    for response in responses {
      var connection: Listener.Connection? = listener.accept()
      requests.append(connection?.receive() ?? "")
      connection?.send(response)
      connection = nil
    }
    return (run.wait(), run.output, run.errors, requests)
  }

  private static let done = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

  private static func error(_ status: Int, _ words: String) -> String {
    let body = #"{"error":"\#(words)"}"#
    return "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
  }

  @Test func load() throws {
    let (code, output, errors, requests) = try run(
      ["load", "llama3", "--server", "gpu1", "--server", "gpu2", "--base-path", "/ai"],
      responses: [Self.done], environment: ["OLLAMA_GATEWAY_KEY": "sk-og-x"])
    #expect(code == 0 && output == "loaded llama3\n" && errors.isEmpty)
    let request = try #require(requests.first)
    #expect(request.hasPrefix("POST /ai/api/generate HTTP/1.1\r\n"))
    #expect(request.contains("X-Gateway-Servers: gpu1,gpu2\r\n"))
    #expect(request.contains("Authorization: Bearer sk-og-x\r\n"))
  }

  @Test func unload() throws {
    let (code, output, _, requests) = try run(["unload", "llama3:8b"], responses: [Self.done])
    #expect(code == 0 && output == "unloaded llama3:8b\n")
    let request = try #require(requests.first)
    #expect(request.hasPrefix("POST /api/generate HTTP/1.1\r\n"))
    #expect(!request.contains("X-Gateway-Servers") && !request.contains("Authorization"))
  }

  @Test func whatCompletesNothingIsLoadedAsAnEmbedding() throws {
    let (code, output, errors, requests) = try run(
      ["load", "all-minilm"],
      responses: [Self.error(400, #"\"all-minilm\" does not support generate"#), Self.done])
    #expect(code == 0 && output == "loaded all-minilm\n" && errors.isEmpty)
    #expect(requests.last?.hasPrefix("POST /api/embed HTTP/1.1\r\n") == true)
  }

  @Test(arguments: [
    (error(404, "model 'x' not found"), "cannot load x: model 'x' not found"),
    (error(403, "no\\nway"), "cannot load x: no way"),
    ("HTTP/1.1 503 X\r\nContent-Length: 1\r\n\r\n-", "cannot load x: it responds with status 503"),
    ("SSH-2.0\r\n", "what listens there is no gateway"),
  ])
  func aRefusalIsOneLine(_ response: String, _ words: String) throws {
    let (code, output, errors, _) = try run(["load", "x"], responses: [response])
    #expect(code == 1 && output.isEmpty)
    #expect(errors.contains(words) && errors.split(separator: "\n").count == 1)
  }

  @Test func theKeyOfTheSettings() throws {
    let folder = TemporaryFolder()
    let key = folder.file("key", "sk-og-admin\n")
    let (_, _, _, requests) = try run(
      ["unload", "x", "--admin-key-file", key], responses: [Self.done])
    #expect(requests.first?.contains("Authorization: Bearer sk-og-admin\r\n") == true)
    let own = folder.file("own", "mine")
    let (_, _, _, others) = try run(
      ["unload", "x", "--admin-key-file", key, "--key-file", own], responses: [Self.done])
    #expect(others.first?.contains("Authorization: Bearer mine\r\n") == true)
  }

  @Test(arguments: [
    ["load"], ["load", "a*"], ["load", "a b"], ["load", "a", "--server", "A B"], ["unload", "a", "b"],
    ["load", "a", "--key-file", "/none/there"],
  ])
  func aWrongCall(_ arguments: [String]) throws {
    let run = try ProgramRun(["models"] + arguments)
    #expect(run.wait() == 64)
  }
}
