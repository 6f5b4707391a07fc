internal import EventLoop
internal import Fleet
internal import HTTPClient
package import JSON
package import Logging
package import OllamaAPI
internal import System
package import Upstreams

/// The lists of models of all servers as one, with the names that stand for others. Lives on its worker's loop.
package final class MergedLists {
  /// What comes of it: a document; or why there is none, which is what the first server has responded, or why it has not.
  package enum Outcome {
    case document(MergedDocument)
    case response(UpstreamResponse)
    case failure(UpstreamFailure, of: UpstreamServer?)
  }

  let upstreams: UpstreamClient
  let reader: JSONReader
  private let logger: Logger
  /// Replaced by a reload.
  package private(set) var aliases = ModelAliases([])
  private var fetches: [Subject: ListFetch] = [:]

  /// What servers are asked for together.
  private struct Subject: Hashable {
    /// nil: their version.
    let list: ModelList?
    let isCheck: Bool
  }

  /// Bytes of one server's list: a thousand models take about 400 KB.
  private static let listLimit = 4 << 20

  /// - Parameters:
  ///   - upstreams: asks the servers, on the loop of both.
  ///   - logger: is told of names under which servers have different models.
  package init(_ upstreams: UpstreamClient, reader: JSONReader, logger: Logger) {
    self.upstreams = upstreams
    self.reader = reader
    self.logger = logger
  }

  /// Whether a list is another one than the only server's.
  package var areMerged: Bool { upstreams.servers.entries.count > 1 || !aliases.names.isEmpty }

  /// From now on these names stand for others, and the servers may be others as well.
  package func use(_ aliases: ModelAliases) {
    self.aliases = aliases
    for fetch in fetches.values { fetch.outdate() }
  }

  /// Asks all servers that are up, once for all who want to know at the same time.
  ///
  /// - Parameter then: is called at most once: not where the share is given up before all have responded.
  package func fetch(
    _ list: ModelList, for work: UpstreamWork, then: @escaping (Outcome) -> Void
  ) -> ListFetch.Share {
    share(Subject(list: list, isCheck: work == .check), then) { [weak self] then in
      let fetch = ServersFetch { [weak self] outcomes in
        self?.read(list, outcomes[...], after: []) { lists in
          if let self { then(self.merge(list, lists, outcomes)) }
        }
      }
      self?.start(fetch, list.path, for: work)
      return fetch
    }
  }

  /// The lowest version of the servers that are up, as that server has responded. Shared as ``fetch(_:for:then:)``.
  ///
  /// - Parameter then: is called once, unless the share is given up.
  package func fetchVersion(
    for work: UpstreamWork, then: @escaping (Outcome) -> Void
  ) -> ListFetch.Share {
    share(Subject(list: nil, isCheck: work == .check), then) { [weak self, reader] then in
      let fetch = ServersFetch { then(MergedLists.lowestVersion($0, reader)) }
      self?.start(fetch, "/api/version", for: work)
      return fetch
    }
  }

  private func share(
    _ subject: Subject, _ then: @escaping (Outcome) -> Void,
    begin: @escaping (@escaping (Outcome) -> Void) -> ServersFetch
  ) -> ListFetch.Share {
    if let known = fetches[subject] { return known.share(then: then) }
    let fetch = ListFetch(upstreams.pool.modelChanges, begin: begin)
    fetches[subject] = fetch
    return fetch.share(then: then)
  }

  private func start(_ fetch: ServersFetch, _ path: String, for work: UpstreamWork) {
    let entries = upstreams.serversUp
    fetch.start(
      path, of: entries, by: upstreams, for: work,
      limit: ServersFetch.limit(MergedLists.listLimit, of: entries.count))
  }

  private static func lowestVersion(_ outcomes: [ServersFetch.Outcome], _ reader: JSONReader) -> Outcome {
    var lowest: (version: OllamaVersion, content: [UInt8])?
    for case (_, .success(let response)) in outcomes where response.head.status == 200 {
      guard let read = response.content.withUnsafeBytes({ try? VersionResponse($0, reader: reader) }) else {
        continue
      }
      let version = OllamaVersion(read.version)
      if lowest.map({ version < $0.version }) ?? true { lowest = (version, response.content) }
    }
    return lowest.map { .document(MergedDocument($0.content)) } ?? failure(outcomes)
  }

  /// Reads the servers' lists one by one, in slices of the loop's time: some have thousands of models.
  private func read(
    _ list: ModelList, _ outcomes: ArraySlice<ServersFetch.Outcome>, after lists: [[ModelRow]],
    then: @escaping ([[ModelRow]]) -> Void
  ) {
    guard let next = outcomes.first else { return then(lists) }
    let step = { [self] in
      let rows = rows(list, next)
      read(list, outcomes.dropFirst(), after: lists + (rows.map { [$0] } ?? []), then: then)
    }
    var bytes = 0
    if case .success(let response) = next.outcome { bytes = response.content.count }
    if upstreams.loop.takesAtOnce(bytes: bytes) { step() } else { upstreams.loop.share(step) }
  }

  /// What a server lists; nil where it does not.
  private func rows(_ list: ModelList, _ outcome: ServersFetch.Outcome) -> [ModelRow]? {
    let (id, memory) = (outcome.entry.id, upstreams.pool.lists)
    switch outcome.outcome {
    case .success(let response) where response.head.status == 200:
      let rows = response.content.withUnsafeBytes { list.rows(in: $0) }
      if rows != nil, upstreams.servers.entries.count > 1 {
        memory.note(response.content, of: id, at: list.path)
      }
      return rows
    case .failure(.transfer(let error)) where error.isSilence:
      return memory.last(of: id, at: list.path)?.withUnsafeBytes { list.rows(in: $0) }
    case .success, .failure: return nil
    }
  }

  private func merge(
    _ list: ModelList, _ lists: [[ModelRow]], _ outcomes: [ServersFetch.Outcome]
  ) -> Outcome {
    guard !lists.isEmpty else { return MergedLists.failure(outcomes) }
    var merged = MergedModelList(lists, of: list)
    tell(merged.contested)
    merged.add(aliases: aliases.names)
    return .document(MergedDocument(merged.document))
  }

  private func tell(_ contested: [String]) {
    for name in upstreams.pool.lists.untold(contested) {
      logger.warning(
        "the servers have different models under the name \(name); lists show the one that most have")
    }
  }

  /// What one server alone would have been, the first.
  private static func failure(_ outcomes: [ServersFetch.Outcome]) -> Outcome {
    for case (_, .success(let response)) in outcomes { return .response(response) }
    for case (let entry, .failure(let failure)) in outcomes { return .failure(failure, of: entry.server) }
    return .failure(.refused(.noServerIsUp), of: nil)
  }
}

extension TransferError {
  /// Whether the server may have a list all the same: it was not heard in time.
  fileprivate var isSilence: Bool {
    switch self {
    case .firstByteTimeout, .idleTimeout, .connectTimeout: true
    default: false
    }
  }
}
