/// Times that no setting changes, but tests do. The first three are in the contract with clients.
package struct Intervals: Sendable {
  /// How long a generation can be read after its end.
  package var retention: Duration
  /// From one ping of a WebSocket to the next; nil is the engine's own.
  package var socketPing: Duration?
  /// How long the end of a WebSocket's closing is waited for; nil is the engine's own.
  package var socketClose: Duration?
  /// How long Ollama may take to end its response after the last line of a generation. Then the connection is given up.
  package var responseEnd: Duration
  /// How long one of several servers may be silent over an order that the others carry out as well, before they go on without it:
  /// one that is down,
  package var orderSilence = Duration.seconds(30)
  /// one that is not, where the order takes no time,
  package var orderTime = Duration.seconds(60)
  /// and where it tells how far it is, but is silent while it verifies what it has fetched.
  package var orderProgress = Duration.seconds(1800)
  /// How long the ends of responses that a stop has given up may take to their readers.
  package var lastWords = Duration.seconds(5)
  /// How long an issuer of tokens may take to say something; nil is the contract's.
  package var issuerPatience: Duration?
  /// How long servers are waited for that do not say which models they have, where another one does.
  package var modelsPatience = ServersFetch.patience

  /// How long a list of models for chat waits to be told what its models can do, all of them together; nil is the contract's.
  package var capabilitiesPatience: Duration?
  /// Of the hashes of passwords: two to its power are the rounds of each, and so its time; nil is the contract's.
  package var passwordCost: Int?

  /// The contract's, but for what is given.
  package init(
    retention: Duration = .seconds(60), socketPing: Duration? = nil, socketClose: Duration? = nil,
    responseEnd: Duration = .seconds(3)
  ) {
    self.retention = retention
    self.socketPing = socketPing
    self.socketClose = socketClose
    self.responseEnd = responseEnd
  }
}
