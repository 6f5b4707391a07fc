public import Budgets

/// What a server bears from its clients.
public struct HTTPServerLimits: Sendable {
  /// Open connections of all servers that share it; libmicrohttpd's own default would be 1,020 each.
  public var connections: ConnectionBudget
  /// For a whole head, from the connection's start; and the window over which the speed of a body is measured.
  public var headerTimeout: Duration
  /// From the end of a response to the next whole head.
  public var keepAliveTimeout: Duration
  /// The window over which the speed of a reader is measured, in which something waits for it.
  public var sendTimeout: Duration
  /// From a request's head to the end of a body that is collected, however fast that comes.
  public var collectedBodyTime = Duration.seconds(600)
  /// Bytes of a request's head, where each field, parameter and cookie counts 64 beside its text: a longer one gets 431, or
  /// 414. The library has the memory for each connection, and writes zeros to all of it twice a request.
  public var headerBytes: Int
  /// For the collected bodies of all servers that share it.
  public var bodyMemory: MemoryBudget
  /// For what waits to be sent by all servers that share it.
  public var unsentMemory: MemoryBudget

  /// Bytes of a connection's memory in the library: what a request's head leaves is for that of the response.
  var connectionMemory: Int { headerBytes + 4096 }

  /// What an operator may set has no default here; ``collectedBodyTime`` is the contract's.
  public init(
    connections: ConnectionBudget, headerBytes: Int, headerTimeout: Duration, keepAliveTimeout: Duration,
    sendTimeout: Duration, bodyMemory: MemoryBudget, unsentMemory: MemoryBudget
  ) {
    self.connections = connections
    self.headerBytes = headerBytes
    self.headerTimeout = headerTimeout
    self.keepAliveTimeout = keepAliveTimeout
    self.sendTimeout = sendTimeout
    self.bodyMemory = bodyMemory
    self.unsentMemory = unsentMemory
  }
}
