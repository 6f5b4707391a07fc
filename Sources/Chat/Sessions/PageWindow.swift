internal import Handling
internal import JSON

/// The part of a list that a request asks for: `?skip=0&limit=50`.
struct PageWindow: Equatable {
  /// At most ``QueryParameters/largestNumber``.
  let skip: Int
  /// 1-500.
  let limit: Int

  /// - Throws: 422 for what is not a number, or out of range.
  init(_ query: Substring?, defaultLimit: Int) throws(RequestFailure) {
    let parameters = QueryParameters(query)
    skip = try parameters.integer("skip") ?? 0
    limit = try parameters.integer("limit", in: 1...500) ?? defaultLimit
  }

  /// Counted from 1.
  var page: Int { skip / limit + 1 }

  func pages(of total: Int) -> Int { (total + limit - 1) / limit }

  /// Where the part lies in the whole.
  func encode(total: Int, count: Int, into writer: inout JSONWriter) {
    writer.member("total", total)
    writer.member("skip", skip)
    writer.member("limit", limit)
    writer.member("has_more", count > 0 && skip < total - count)
  }
}
