internal import HTTPClient
internal import Upstreams

extension WorkerContext {
  /// Asks Ollama what the gateway itself wants to know.
  var ollama: OllamaClient {
    OllamaClient(server: settings.ollama, client: client, reader: reader)
  }

  /// How long a health check waits for Ollama, which answers it without loading a model, however slowly it comes.
  var checkTimeouts: TransferTimeouts {
    TransferTimeouts(
      connect: min(settings.timeouts.connect, .seconds(2)), firstByte: .seconds(5), idle: .seconds(5),
      whole: .seconds(10))
  }
}
