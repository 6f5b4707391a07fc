import Configuration
import GatewayTesting
import Synchronization
import System
import Testing

@testable import ollama_gateway

/// `ollama-gateway health`.
@Suite struct GatewayProbeTests {
  /// Runs `health` at an address where one request gets `response`.
  private func ask(
    _ address: String, of listener: Listener, getting response: String
  ) throws -> (code: Int32, output: String, request: String) {
    let run = try ProgramRun(["health", "--listen", address])
    var connection: Listener.Connection? = listener.accept()
    let request = connection?.receive() ?? ""
    connection?.send(response)
    connection = nil
    let code = run.wait()
    #expect(run.errors.isEmpty)
    return (code, run.output, request)
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "0 ready\n"),
    (
      "HTTP/1.1 503 Service Unavailable\r\n\r\n",
      "1 not ready: ADDRESS: the gateway is going down, or reaches no Ollama\n"
    ),
    ("HTTP/1.1 403 Forbidden\r\n\r\n", "1 not ready: ADDRESS: it responds with status 403\n"),
    ("SSH-2.0-OpenSSH_9.2p1\r\n", "1 not ready: ADDRESS: what listens there is no gateway\n"),
    ("", "1 not ready: ADDRESS: what listens there is no gateway\n"),
  ])
  func oneLineAndACode(_ response: String, _ expected: String) throws {
    let listener = try #require(Listener())
    let address = "127.0.0.1:\(listener.port)"
    let (code, output, request) = try ask(address, of: listener, getting: response)
    #expect("\(code) \(output)" == expected.replacing("ADDRESS", with: address))
    #expect(request.hasPrefix("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n"))
  }

  @Test("Nobody listens at the address") func nobodyThere() throws {
    let folder = TemporaryFolder()
    let run = try ProgramRun(["health", "--listen", "unix:\(folder.path)/none"])
    #expect(run.wait() == 1)
    #expect(run.output == "not ready: unix:\(folder.path)/none: nothing listens there\n")
  }

  /// Its time is for the whole response, and not for each piece of it.
  @Test func aResponseInDripsIsNone() async throws {
    let listener = try #require(Listener())
    let address = try #require(ListenAddress("127.0.0.1:\(listener.port)"))
    let isOver = Mutex(false)
    let thread = DripThread(listener) { isOver.withLock { $0 } }
    let readiness = await GatewayProbe(address, patience: .milliseconds(300)).readiness()
    isOver.withLock { $0 = true }
    thread.join()
    #expect(readiness == .notReady("\(address): no response within 0 s"))
  }

  @Test func everyAddressIsAskedAtLoopback() throws {
    let listener = try #require(Listener())
    for text in [":\(listener.port)", "0.0.0.0:\(listener.port)"] {
      #expect(try ask(text, of: listener, getting: "HTTP/1.1 200 OK\r\n\r\n").code == 0)
    }
  }
}
