public import Configuration
internal import EventLoop
internal import HTTPClient
internal import JSON
internal import OllamaAPI
internal import Upstreams

/// Asks Ollama servers for `ollama-gateway check`, with the client that the gateway itself uses, on a loop that lives for
/// one question.
public struct OllamaServerProbe: OllamaProbe {
  /// How long an Ollama may take to say its version or its models, for which it loads nothing.
  private static let patience = Duration.seconds(10)

  public init() {}

  /// Not from an event loop: it waits for the end of its own.
  public func ask(_ url: OllamaURL, connectTimeout: Duration) async -> OllamaProbeAnswer {
    do {
      let asker = try Asker()
      let answer = await asker.ask(
        OllamaServer(url: "\(url)"),
        TransferTimeouts(connect: connectTimeout, firstByte: Self.patience, idle: Self.patience))
      asker.loop.shutDown()
      return answer
    } catch {
      return .failed("\(error)")
    }
  }

  /// Lives on its loop, as its client must.
  private actor Asker {
    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init() throws(SystemCallError) { loop = try EventLoop(name: "check") }

    func ask(_ server: OllamaServer, _ timeouts: TransferTimeouts) async -> OllamaProbeAnswer {
      let client = HTTPClient(loop: loop)
      defer { client.close() }
      let ollama = OllamaClient(server: server, client: client, reader: JSONReader(maximumBytes: 8 << 20))
      do throws(OllamaFailure) {
        let version = try await ollama.version(timeouts: timeouts)
        let models = try await ollama.models(timeouts: timeouts)
        return .ollama(version: version, models: models.map(\.name))
      } catch {
        return .failed("\(error)")
      }
    }
  }
}
