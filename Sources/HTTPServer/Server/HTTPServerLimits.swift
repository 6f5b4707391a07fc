public import Budgets

/// What a server bears from its clients.
public struct HTTPServerLimits: Sendable {
  /// Open connections of all servers that share it; libmicrohttpd's own default would be 1,020 each.
  public var connections = ConnectionBudget(limit: 16384)
  /// For a whole head, from the connection's start; and the window over which the speed of a body is measured.
  public var headerTimeout = Duration.seconds(30)
  /// From the end of a response to the next whole head.
  public var keepAliveTimeout = Duration.seconds(75)
  /// The window over which the speed of a reader is measured, in which something waits for it.
  public var sendTimeout = Duration.seconds(60)
  /// From a request's head to the end of a body that is collected, however fast that comes.
  public var collectedBodyTime = Duration.seconds(600)
  /// Bytes of a request's head, where each field, parameter and cookie counts 64 beside its text: a longer one gets 431, or
  /// 414. The library has the memory for each connection, and writes zeros to all of it twice a request.
  public var headerBytes = 12 * 1024
  /// For the collected bodies of all servers that share it.
  public var bodyMemory = MemoryBudget(.bodies, limit: 256 << 20, leastShare: 64 << 20)
  /// For what waits to be sent by all servers that share it.
  public var unsentMemory = MemoryBudget(.unsent, limit: 256 << 20, leastShare: 1 << 20)

  /// Bytes of a connection's memory in the library: what a request's head leaves is for that of the response.
  var connectionMemory: Int { headerBytes + 4096 }

  /// The defaults.
  public init() {}
}
