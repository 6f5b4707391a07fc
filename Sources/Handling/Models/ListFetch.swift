internal import Upstreams

/// One question to all servers: under way once at most, and shared by all who ask it meanwhile, so that a crowd costs no more than
/// one. Whoever asks after the models may have changed waits for the next. Lives on its worker's loop.
package final class ListFetch {
  /// What one who asks waits for. He may give it up; the last who does ends the question.
  package final class Share {
    fileprivate weak var fetch: ListFetch?
    fileprivate var then: ((MergedLists.Outcome) -> Void)?

    fileprivate init(of fetch: ListFetch, then: @escaping (MergedLists.Outcome) -> Void) {
      self.fetch = fetch
      self.then = then
    }

    /// Nothing is called any more. Harmless after the end.
    package func cancel() {
      guard then != nil else { return }
      then = nil
      fetch?.endIfDeserted()
    }
  }

  /// What is under way.
  private struct Round {
    let number: Int
    /// Changes of models that had ended as it began; nil where it is of other servers or settings than now.
    var changes: Int?
    var fetch: ServersFetch?
    var shares: [Share] = []
  }

  private let changes: ModelChanges
  private let begin: (@escaping (MergedLists.Outcome) -> Void) -> ServersFetch
  private var round: Round?
  private var rounds = 0
  private var waiting: [Share] = []

  /// - Parameters:
  ///   - changes: of the models that are asked for.
  ///   - begin: asks all servers, and calls once with what comes of it, unless the fetch is cancelled.
  init(
    _ changes: ModelChanges, begin: @escaping (@escaping (MergedLists.Outcome) -> Void) -> ServersFetch
  ) {
    self.changes = changes
    self.begin = begin
  }

  /// - Parameter then: is called at most once: not where the share is given up before.
  func share(then: @escaping (MergedLists.Outcome) -> Void) -> Share {
    let share = Share(of: self, then: then)
    if round?.changes == changes.ended {
      round?.shares.append(share)
    } else {
      waiting.append(share)
      beginNext()
    }
    return share
  }

  /// Who asks from now on is asking something else.
  func outdate() { round?.changes = nil }

  private func beginNext() {
    waiting.removeAll { $0.then == nil }
    guard round == nil, !waiting.isEmpty else { return }
    rounds &+= 1
    let number = rounds
    round = Round(number: number, changes: changes.ended, shares: waiting)
    waiting = []
    let fetch = begin { [weak self] outcome in self?.end(number, outcome) }
    if round?.number == number { round?.fetch = fetch }
  }

  private func end(_ number: Int, _ outcome: MergedLists.Outcome) {
    guard let round, round.number == number else { return }
    self.round = nil
    beginNext()
    for share in round.shares {
      let then = share.then
      share.then = nil
      then?(outcome)
    }
  }

  private func endIfDeserted() {
    guard let round, round.shares.allSatisfy({ $0.then == nil }) else { return }
    self.round = nil
    round.fetch?.cancel()
    beginNext()
  }
}
