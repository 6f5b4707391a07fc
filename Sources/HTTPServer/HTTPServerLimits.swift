/// What a server bears from its clients.
public struct HTTPServerLimits: Sendable {
  /// Open connections of all servers that share it; libmicrohttpd's own default would be 1,020 each.
  public var connections = ConnectionBudget(limit: 16384)
  /// For a whole head, from the connection's start; and for a body before its average rate counts.
  public var headerTimeout = Duration.seconds(30)
  /// From the end of a response to the next whole head.
  public var keepAliveTimeout = Duration.seconds(75)
  /// Without any progress in sending.
  public var sendTimeout = Duration.seconds(60)
  /// Bytes of a request's head, where each field, parameter and cookie counts 64 beside its text: a longer one gets 431, or 414. The library has
  /// the memory for each connection, and writes zeros to all of it twice a request.
  public var headerBytes = 12 * 1024
  /// Bytes of all collected bodies together.
  public var bodyMemory = 512 * 1024 * 1024

  /// Bytes of a connection's memory in the library: what a request's head leaves is for that of the response.
  var connectionMemory: Int { headerBytes + 4096 }

  public init() {}
}
