internal import HTTPClient
internal import HTTPFields
internal import System

/// What servers have responded to `/api/show` lately, as clients ask for it again and again and nothing of it changes but with
/// the model. A plain value.
struct ShowCache {
  private struct Entry {
    let digest: String
    let body: [UInt8]
    let time: MonotonicTime
    let head: ResponseHead
    let content: [UInt8]
  }

  private var entries: [Entry] = []

  /// The oldest goes first.
  static let limit = 64
  /// Bytes of a response, and of a request, that are kept.
  static let contentLimit = 64 * 1024
  static let bodyLimit = 4096
  static let age = Duration.seconds(60)

  /// - Parameters:
  ///   - body: of the request, whole.
  ///   - digest: of its model.
  func response(to body: [UInt8], digest: String, at now: MonotonicTime) -> (ResponseHead, [UInt8])? {
    entries.last {
      now - $0.time < ShowCache.age && $0.digest.hasSameBytes(as: digest) && $0.body == body
    }.map { ($0.head, $0.content) }
  }

  /// A server has responded so.
  mutating func note(
    _ head: ResponseHead, _ content: [UInt8], to body: [UInt8], digest: String, at now: MonotonicTime
  ) {
    // In a coding it is for who takes that.
    guard head.status == 200, head.first("content-encoding") == nil, content.count <= ShowCache.contentLimit,
      body.count <= ShowCache.bodyLimit
    else { return }
    entries.removeAll {
      now - $0.time >= ShowCache.age || $0.digest.hasSameBytes(as: digest) && $0.body == body
    }
    if entries.count >= ShowCache.limit { entries.removeFirst() }
    entries.append(Entry(digest: digest, body: body, time: now, head: head, content: content))
  }
}
