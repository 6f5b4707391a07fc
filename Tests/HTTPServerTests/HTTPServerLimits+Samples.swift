import Budgets

@testable import HTTPServer

extension HTTPServerLimits {
  /// Of a server that is not short of anything.
  init() {
    self.init(
      connections: ConnectionBudget(limit: 16_384), headerBytes: 12 << 10, headerTimeout: .seconds(30),
      keepAliveTimeout: .seconds(75), sendTimeout: .seconds(60),
      bodyMemory: MemoryBudget(.bodies, limit: 256 << 20, leastShare: 64 << 20),
      unsentMemory: MemoryBudget(.unsent, limit: 256 << 20, leastShare: 1 << 20))
  }
}
