internal import HTTPFields
internal import JSON

/// The progress of one order at several servers as one: lines of each go in, lines come out. A plain value, of bounded size however
/// much the servers say: what is not taken in time is replaced by what is newer.
///
/// Of a layer the least of all servers is told, and never less than before. What is said beside the layers is told when all who
/// are at work have said it. A server that fails is told at once, and counts no more. The end is `success` where all have
/// succeeded, else one error that names those that did not.
public struct MergedProgress: Sendable {
  private struct Server {
    let name: String
    var completed: [Int: Int] = [:]
    var said: Set<Int> = []
    var end: End?
  }

  private enum End: Equatable {
    case success
    case failure(String)
  }

  private struct Layer {
    let digest: String
    let status: String
    var total: Int?
    var told = -1
    var isWaiting = false
  }

  private var servers: [Server]
  private var layers: [Layer] = []
  private var statuses: [String] = []
  private var toldStatuses: Set<Int> = []
  /// What is to be told, in its order.
  private var waiting: [Line] = []
  private var hasToldEnd = false

  private enum Line {
    case status(Int)
    case layer(Int)
    case failure(Int)
  }

  /// Layers, and statuses, that are told of one order; no model has as many.
  public static let limit = 512

  /// - Parameter servers: what clients know them by.
  public init(_ servers: [String]) {
    self.servers = servers.map { Server(name: $0) }
  }

  /// Whether all servers have ended.
  public var isOver: Bool { servers.allSatisfy { $0.end != nil } }

  /// Whether a server has failed or succeeded.
  public func hasEnded(_ server: Int) -> Bool { servers[server].end != nil }

  // MARK: In

  /// A server has sent a line, without its end.
  public mutating func take(_ line: UnsafeRawBufferPointer, from server: Int) {
    guard servers[server].end == nil, let line = ProgressLine(line) else { return }
    if let error = line.error { return fail(server, error) }
    if !line.digest.utf8.isEmpty { return take(layer: line, from: server) }
    if line.status.hasSameBytes(as: "success") {
      servers[server].end = .success
      return recheck()
    }
    guard !line.status.utf8.isEmpty, let status = place(of: line.status) else { return }
    servers[server].said.insert(status)
    recheck(status)
  }

  /// A server's response is over.
  ///
  /// - Parameter failure: why it is not whole, or an error.
  public mutating func end(_ server: Int, _ failure: String?) {
    guard servers[server].end == nil else { return }
    fail(server, failure ?? "it ended early")
  }

  private mutating func fail(_ server: Int, _ message: String) {
    servers[server].end = .failure(message.beginning(of: ProgressLine.textLimit))
    waiting.append(.failure(server))
    recheck()
  }

  private mutating func take(layer line: ProgressLine, from server: Int) {
    let place: Int
    if let known = layers.firstIndex(where: { $0.digest.hasSameBytes(as: line.digest) }) {
      place = known
    } else {
      guard layers.count < MergedProgress.limit else { return }
      place = layers.count
      layers.append(Layer(digest: line.digest, status: line.status))
    }
    if let total = line.total { layers[place].total = total }
    servers[server].completed[place] = max(line.completed, servers[server].completed[place] ?? 0)
    recheck(layer: place)
  }

  private mutating func place(of status: String) -> Int? {
    if let known = statuses.firstIndex(where: { $0.hasSameBytes(as: status) }) { return known }
    guard statuses.count < MergedProgress.limit else { return nil }
    statuses.append(status)
    return statuses.count - 1
  }

  /// A server is at work no more, for which others' lines may have waited.
  private mutating func recheck() {
    for layer in layers.indices { recheck(layer: layer) }
    for status in statuses.indices { recheck(status) }
  }

  private mutating func recheck(_ status: Int) {
    guard !toldStatuses.contains(status) else { return }
    let atWork = servers.filter { $0.end == nil }
    guard !atWork.isEmpty, atWork.allSatisfy({ $0.said.contains(status) }) else { return }
    toldStatuses.insert(status)
    waiting.append(.status(status))
  }

  private mutating func recheck(layer place: Int) {
    guard least(of: place) > layers[place].told, !layers[place].isWaiting else { return }
    layers[place].isWaiting = true
    waiting.append(.layer(place))
  }

  /// Bytes of a layer that all servers have which have not failed. One that has succeeded has all.
  private func least(of layer: Int) -> Int {
    let all = layers[layer].total ?? .max
    var least = Int.max
    for server in servers {
      switch server.end {
      case nil: least = min(least, server.completed[layer] ?? 0)
      case .success: least = min(least, all)
      case .failure: break
      }
    }
    return least == .max ? layers[layer].told : least
  }

  // MARK: Out

  /// What is to be told now: lines with their ends. With ``isOver`` the end is among them.
  public mutating func takeLines() -> [UInt8] {
    guard !waiting.isEmpty || isOver && !hasToldEnd else { return [] }
    var writer = JSONWriter()
    for line in waiting {
      switch line {
      case .status(let status): writer.object { $0.member("status", statuses[status]) }
      case .layer(let layer): tell(layer, &writer)
      case .failure(let server):
        writer.object { $0.member("status", "\(servers[server].name): \(message(server))") }
      }
      writer.framing("\n")
    }
    waiting = []
    if isOver && !hasToldEnd {
      hasToldEnd = true
      writer.object { writer in
        if let failure { writer.member("error", failure) } else { writer.member("status", "success") }
      }
      writer.framing("\n")
    }
    return writer.take()
  }

  private mutating func tell(_ place: Int, _ writer: inout JSONWriter) {
    layers[place].told = max(layers[place].told, least(of: place))
    layers[place].isWaiting = false
    let layer = layers[place]
    writer.object { writer in
      writer.member("status", layer.status)
      writer.member("digest", layer.digest)
      if let total = layer.total { writer.member("total", total) }
      if layer.told > 0 { writer.member("completed", layer.told) }
    }
  }

  private func message(_ server: Int) -> String {
    if case .failure(let message) = servers[server].end { message } else { "" }
  }

  /// Places of those that have failed, or not succeeded yet.
  public var failed: [Int] { servers.indices.filter { servers[$0].end != .success } }

  /// What is told at the end where not all have succeeded; nil where they have.
  public var failure: String? {
    let failed = failed
    guard !failed.isEmpty else { return nil }
    let reasons = failed.map { "\(servers[$0].name): \(message($0))" }.joined(separator: "; ")
    return "\(failed.count) of \(servers.count) servers failed: \(reasons)"
  }
}
