import Dispatch
internal import System

/// Some readers of a store, each on a queue of its own. Safe from any thread.
package final class StoreReaders: Sendable {
  /// A reader, made when it is needed. `@unchecked Sendable`: its queue alone touches it.
  private final class Lane: @unchecked Sendable {
    let queue: DispatchQueue
    private let store: any SessionStore
    private var reader: (any SessionStoreReader)?

    init(_ store: any SessionStore, number: Int) {
      self.store = store
      queue = DispatchQueue(label: "store-reader-\(number)")
    }

    func read<Result>(
      _ body: (any SessionStoreReader) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
      if let reader { return try body(reader) }
      let made: any SessionStoreReader = try store.makeReader()
      reader = made
      return try body(made)
    }

    func close() { reader = nil }
  }

  private let lanes: [Lane]
  /// How many wait for each lane or are in it. A reader takes memory: it is made once the ones before it are busy.
  private let loads: Lock<[Int]>

  /// - Parameter count: of readers, at least one.
  package init(_ store: any SessionStore, count: Int = 2) {
    lanes = (0..<max(1, count)).map { Lane(store, number: $0) }
    loads = Lock([Int](repeating: 0, count: lanes.count))
  }

  /// Reads, in its turn.
  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SessionStoreReader) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    let place = loads.withLock { loads -> Int in
      let place = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      loads[place] += 1
      return place
    }
    defer { loads.withLock { $0[place] -= 1 } }
    let lane = lanes[place]
    let result: Swift.Result<Result, StoreError> = await withCheckedContinuation { continuation in
      lane.queue.async {
        do throws(StoreError) {
          continuation.resume(returning: .success(try lane.read(body)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  /// Gives the readers back. Nothing is read any more.
  package func close() async {
    for lane in lanes {
      await withCheckedContinuation { continuation in
        lane.queue.async {
          lane.close()
          continuation.resume()
        }
      }
    }
  }
}
