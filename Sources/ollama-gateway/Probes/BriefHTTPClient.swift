import EventLoop
import HTTPClient
import System

/// The gateway's own HTTP client, on a loop that lives for one question: for subcommands that ask something.
enum BriefHTTPClient {
  /// Lends a client to `body`, which runs on the client's loop. Not from an event loop: it waits for the end of its own.
  ///
  /// - Throws: where the kernel has no descriptors or threads left for a loop.
  static func use<Outcome: Sendable>(
    _ body: @Sendable (HTTPClient) async -> Outcome
  ) async throws(SystemCallError) -> Outcome {
    let lender = try Lender()
    let outcome = await lender.lend(body)
    lender.loop.shutDown()
    return outcome
  }

  /// Lives on its loop, as its client must.
  private actor Lender {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init() throws(SystemCallError) { loop = try EventLoop(name: "probe") }

    func lend<Outcome: Sendable>(_ body: @Sendable (HTTPClient) async -> Outcome) async -> Outcome {
      let client = HTTPClient(loop: loop)
      defer { client.close() }
      return await body(client)
    }
  }
}
