internal import Bytes
internal import HTTPFields

/// How long the content of a response is by its fields (RFC 9112 section 6.3). libcurl decides by itself where content ends:
/// what it could read in another way than others do is refused here, and what is left it reads in the same way.
enum ResponseFraming: Equatable {
  case chunked
  case length(Int)
  /// Until the end of the connection.
  case untilClose

  /// - Parameter isHTTP10: whether the response is of HTTP/1.0, which has no transfer codings.
  init(_ fields: FieldSection, isHTTP10: Bool) throws(HeadParser.ParsingError) {
    var codings = 0
    var isChunked = false
    var lengths = ContentLengths()
    fields.withEachField { field in
      if field.isNamed("transfer-encoding") {
        codings += 1
        isChunked = field.isValue("chunked")
      } else if field.isNamed("content-length") {
        lengths.take(field.value)
      }
    }
    if codings > 0 {
      // Nothing here decodes another one, and to send it on as it comes would be to say that it is none.
      guard codings == 1, isChunked, !isHTTP10 else {
        throw HeadParser.ParsingError(reason: "a transfer coding that is not chunked")
      }
      // It overrides the length.
      self = .chunked
      return
    }
    guard lengths.areOne else {
      throw HeadParser.ParsingError(reason: "a Content-Length that is not one number")
    }
    self = lengths.length.map { .length($0) } ?? .untilClose
  }
}

/// The values of all `Content-Length` fields.
private struct ContentLengths {
  private(set) var length: Int?
  /// Whether each is a number, and all are the same.
  private(set) var areOne = true

  /// A list of the same number is that number: somebody has joined fields (RFC 9112 section 6.3).
  mutating func take(_ value: UnsafeRawBufferPointer) {
    if let number = value.decimal { return note(number) }
    for element in value.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
      note(UnsafeRawBufferPointer(rebasing: element.withoutBlanks).decimal)
    }
  }

  private mutating func note(_ number: Int?) {
    guard let number, number == length ?? number else { return areOne = false }
    length = number
  }
}
