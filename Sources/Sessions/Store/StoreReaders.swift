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
  private let state: Lock<ReaderLanes>
  /// Is told of what an operator is to know, on no particular thread.
  private let teller: @Sendable (StoreNote) -> Void

  /// - Parameters:
  ///   - count: of readers, at least one.
  ///   - teller: is told of what an operator is to know, on no particular thread.
  package init(
    _ store: any SessionStore, count: Int = 2, teller: @escaping @Sendable (StoreNote) -> Void = { _ in }
  ) {
    lanes = (0..<max(1, count)).map { Lane(store, number: $0) }
    state = Lock(ReaderLanes(count: count))
    self.teller = teller
  }

  /// Why the last read failed; nil where it did not.
  var failure: StoreError? { state.withLock(\.failure) }

  /// Reads, in its turn. Where one reader fails and another works, that one does it.
  package func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SessionStoreReader) throws(StoreError) -> Result
  ) async throws(StoreError) -> Result {
    var place = state.withLock { $0.begin(at: .now) }
    var failure: StoreError?
    while true {
      let (result, took) = await read(body, in: lanes[place])
      do throws(StoreError) {
        let read = try result.get()
        tell(state.withLock { $0.didRead(place, insteadOf: failure, at: .now) })
        return read
      } catch {
        let sequel = state.withLock {
          $0.didFail(place, error, after: took, isLast: failure != nil, at: .now)
        }
        tell(sequel.notes)
        guard let next = sequel.next else { throw error }
        (place, failure) = (next, error)
      }
    }
  }

  /// Tries a reader that has failed, where it is time: that it works again is noticed at rest as well.
  func lookAfterFailed() async {
    guard let place = state.withLock({ $0.beginTrial(at: .now) }) else { return }
    switch await read({ reader throws(StoreError) in try reader.accessState() }, in: lanes[place]).result {
    case .success: tell(state.withLock { $0.didRead(place, at: .now) })
    case .failure: state.withLock { $0.didFailTrial(place, at: .now) }
    }
  }

  private func read<Result: Sendable>(
    _ body: @escaping @Sendable (any SessionStoreReader) throws(StoreError) -> Result, in lane: Lane
  ) async -> (result: Swift.Result<Result, StoreError>, took: Duration) {
    await withCheckedContinuation { continuation in
      lane.queue.async {
        let start = MonotonicTime.now
        let result = Swift.Result { () throws(StoreError) in try lane.read(body) }
        continuation.resume(returning: (result, MonotonicTime.now - start))
      }
    }
  }

  private func tell(_ notes: [StoreNote]) { for note in notes { teller(note) } }

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
