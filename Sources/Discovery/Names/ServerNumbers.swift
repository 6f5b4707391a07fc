/// The numbers of the servers that one name stands for, from 1 on: what they are called by, as their addresses are for nobody's
/// eyes. A server keeps its number as long as it is there, and finds it again when it comes back, unless another has come
/// meanwhile: a new one takes the lowest that is free.
struct ServerNumbers: Sendable, Equatable {
  /// Of those that are there, and of those that were: no two have the same.
  private var numbers: [FoundServer: Int] = [:]

  /// From now on these are there, in this order where they are new.
  mutating func use(_ servers: [FoundServer]) {
    var taken = Set(servers.compactMap { numbers[$0] })
    var next = 1
    for server in servers where numbers[server] == nil {
      while taken.contains(next) { next += 1 }
      if let gone = numbers.first(where: { $0.value == next }) { numbers[gone.key] = nil }
      numbers[server] = next
      taken.insert(next)
    }
  }

  /// - Returns: nil for one that never was there.
  subscript(server: FoundServer) -> Int? { numbers[server] }
}
