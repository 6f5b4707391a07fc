internal import Bytes
internal import HTTPFields

/// Reads a request's head from the bytes that its client has sent: RFC 9112 sections 2, 3 and 5.
///
/// It does so before libmicrohttpd parses them. What the library finds wrong it refuses by itself, in words of its own,
/// version 0.9 in part by two responses; and that version cuts a head to pieces in ways that another server may not. So
/// whatever the library would find wrong, and what it would overlook, is refused here, and it gets to parse sound heads only.
struct RequestHeadParser {
  enum Outcome {
    /// The end of the head has not come: so many bytes are of it.
    case incomplete(Int)
    case complete(RequestHead)
    /// With as much of the request as can be told.
    case refused(RequestValidation.Refusal, ServerRequest)
  }

  /// Bytes that a head may take of the library's memory: ``HeadMemory/total``.
  let limit: Int
  /// Bytes of that memory.
  let memory: Int

  init(_ limits: HTTPServerLimits) {
    limit = limits.headerBytes
    memory = limits.connectionMemory
  }

  /// The bytes of a connection from where a request is to begin.
  func parse(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    // RFC 9112 section 2.2: one empty line is no fault.
    let start = bytes.count >= 2 && bytes[0] == 0x0d && bytes[1] == 0x0a ? 2 : 0
    guard start < bytes.count, bytes.count > 1 || bytes[0] != 0x0d else { return .incomplete(bytes.count) }
    let line: RequestLine
    switch RequestLine.parse(bytes, from: start) {
    case .incomplete:
      return bytes.count - start > limit ? refused(HeadMemory.targetTooLong, bytes) : .incomplete(bytes.count)
    case .refused(let refusal): return refused(refusal, bytes)
    case .complete(let parsed): line = parsed
    }
    return parse(line, bytes, start: start) { _ in bytes.count }
  }

  /// A head of which libmicrohttpd has parsed the first line, and cut it into pieces where it lies: a NUL stands behind method
  /// and target, the version ends by two bytes. The library calls for no other line than one with method, target and
  /// HTTP/1.x.
  ///
  /// - Parameters:
  ///   - bytes: from the method on; behind what the library has read are zeros.
  ///   - target: where the target lies.
  func parse(cut bytes: UnsafeRawBufferPointer, target: Range<Int>) -> Outcome {
    guard let line = RequestLine(cut: bytes, target: target) else {
      return refused(RequestValidation.brokenHead, bytes)
    }
    return parse(line, bytes, start: 0) { position in
      bytes.firstOffset(of: 0, in: position..<bytes.count) ?? bytes.count
    }
  }

  /// - Parameters:
  ///   - bytes: the line and what follows it.
  ///   - start: where the line begins.
  ///   - lastByte: where the bytes of the head end that have come, none of which ends a line from the given place on.
  private func parse(
    _ line: RequestLine, _ bytes: UnsafeRawBufferPointer, start: Int, end lastByte: (Int) -> Int
  ) -> Outcome {
    var needs = HeadMemory()
    needs.count(target: UnsafeRawBufferPointer(rebasing: bytes[line.target]))
    // They are kept as long as the request: about what they take, and no more.
    var fields = FieldSection(reservingCapacity: 8, bytes: min(bytes.count - line.end, 512))
    let end = take(bytes, from: line.end, into: &fields)
    needs.fields = fields.count
    fields.withEachField { if $0.isNamed("cookie") { needs.count(cookie: $0.value) } }
    let request = ServerRequest(
      method: String(decoding: bytes[line.method], as: UTF8.self), version: line.version,
      // One that is not UTF-8 is no path, and refused.
      target: bytes.text(line.target) ?? "", fields: fields)
    switch end {
    case .incomplete(let position):
      let end = lastByte(position)
      needs.text = end - start
      if let refusal = needs.refusal(limit: limit, memory: memory) { return .refused(refusal, request) }
      return .incomplete(end)
    case .broken: return .refused(RequestValidation.brokenHead, request)
    case .complete(let end):
      needs.text = end - start
      if let refusal = RequestValidation.refusal(of: request) ?? needs.refusal(limit: limit, memory: memory) {
        return .refused(refusal, request)
      }
      return .complete(RequestHead(request: request, size: end - start, start: start, memory: needs.total))
    }
  }

  private enum End {
    /// From here on no line ends.
    case incomplete(Int)
    case broken
    /// Behind the empty line.
    case complete(Int)
  }

  /// Takes the fields from `position` on: RFC 9112 section 5. A folded line, a line that does not end by CR and LF, and one
  /// without a name mean different things to different servers, and so nothing here.
  private func take(
    _ bytes: UnsafeRawBufferPointer, from position: Int, into fields: inout FieldSection
  ) -> End {
    var position = position
    while let lineFeed = bytes.firstOffset(of: 0x0a, in: position..<bytes.count) {
      let end = lineFeed - 1
      guard end >= position, bytes[end] == 0x0d else { return .broken }
      if end == position { return .complete(lineFeed + 1) }
      guard let colon = bytes.firstOffset(of: UInt8(ascii: ":"), in: position..<end), colon > position,
        !ASCII.isBlank(bytes[position])
      else { return .broken }
      let name = UnsafeRawBufferPointer(rebasing: bytes[position..<colon])
      let value = bytes.withoutBlanks(colon + 1..<end)
      if !value.isEmpty, bytes[end - 1] <= 0x20, RequestHeadParser.framesBody(name) { return .broken }
      fields.append(name: name, value: value)
      position = lineFeed + 1
    }
    return .incomplete(position)
  }

  /// Whether a field says how long the body is. libmicrohttpd 0.9 takes white space behind its value for a part of it, and
  /// would find no number or no `chunked`.
  static func framesBody(_ name: UnsafeRawBufferPointer) -> Bool {
    let name = String(decoding: name, as: UTF8.self)
    return name.isFieldName("content-length") || name.isFieldName("transfer-encoding")
  }

  private func refused(_ refusal: RequestValidation.Refusal, _ bytes: UnsafeRawBufferPointer) -> Outcome {
    let method = RequestHeadParser.methodIfHead(bytes)
    return .refused(refusal, ServerRequest(method: method, version: .http1_1, target: "", fields: []))
  }

  /// `HEAD` where a head of which nothing else is known begins so, else nothing: whoever asks so reads no content, of a refusal
  /// neither.
  static func methodIfHead(_ bytes: UnsafeRawBufferPointer) -> String {
    let start = bytes.starts(with: "\r\n".utf8) ? 2 : 0
    let method = bytes[start...].prefix(5)
    // libmicrohttpd puts a NUL behind it.
    guard method.count == 5, method.starts(with: "HEAD".utf8), let end = method.last, end == 0x20 || end == 0
    else { return "" }
    return "HEAD"
  }
}

extension UnsafeRawBufferPointer {
  /// Nil where they are not UTF-8.
  fileprivate func text(_ range: Range<Int>) -> String? {
    let bytes = UnsafeRawBufferPointer(rebasing: self[range])
    // Many times as fast as `String(validating:as:)`. What had to be repaired is other bytes.
    let text = String(decoding: bytes, as: UTF8.self)
    let isSame = text.utf8.withContiguousStorageIfAvailable {
      UnsafeRawBufferPointer($0).hasSameBytes(as: bytes)
    }
    return isSame == true ? text : nil
  }
}
