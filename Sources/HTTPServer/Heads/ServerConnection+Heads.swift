internal import CLinux
internal import EventLoop
internal import Glibc
internal import HTTPFields

// Heads are read before libmicrohttpd gets to see them, as RequestHeadParser explains. The first one's bytes are looked at in
// the socket: the library gets the connection once they are there and sound. A later one's are in the library's memory
// when it has found the target, and only where they are not all there the socket is looked at.
extension ServerConnection {
  /// Bytes of the first request have come.
  func readFirstHead() {
    let count = peek(into: server.scratch)
    guard count != 0 else { return terminate() }
    guard count > 0 else { return }
    switch server.headParser.parse(UnsafeRawBufferPointer(rebasing: server.scratch[..<count])) {
    case .incomplete: break
    case .complete(let head):
      self.head = head
      enterLibrary()
    case .refused(let refusal, let request):
      refuse(refusal, request)
      dropTheRest()
    }
  }

  /// libmicrohttpd has found a request's target, and cut its line to pieces; the fields lie behind it as they came.
  func targetArrives(_ target: UnsafePointer<CChar>) {
    // The first head is known.
    guard head == nil, phase == .idle, let memory = libraryMemory, let first = memory.baseAddress else {
      return
    }
    let place = UnsafeRawPointer(target)
    guard place > UnsafeRawPointer(first), place < UnsafeRawPointer(first) + memory.count else { return }
    var start = place - 1
    while start > UnsafeRawPointer(first),
      RequestValidation.isTokenCharacter((start - 1).load(as: UInt8.self))
    {
      start -= 1
    }
    headPlace = start
    let bytes = UnsafeRawBufferPointer(start: start, count: UnsafeRawPointer(first) + memory.count - start)
    let range = place - start..<place - start + strlen(target)
    switch server.headParser.parse(cut: bytes, target: range) {
    case .complete(let head): self.head = head
    case .refused(let refusal, let request):
      refuse(refusal, request)
      dropTheRest()
    case .incomplete(let end): awaitRest(of: bytes, target: range, end: end)
    }
  }

  /// The rest of a later head has not come, or not to libmicrohttpd: it is not to go on before we know it.
  private func awaitRest(of bytes: UnsafeRawBufferPointer, target: Range<Int>, end: Int) {
    var text = Array(bytes[..<end])
    let version = target.upperBound + 1..<target.upperBound + 9
    (text[target.lowerBound - 1], text[target.upperBound]) = (0x20, 0x20)
    (text[version.upperBound], text[version.upperBound + 1]) = (0x0d, 0x0a)
    if end < bytes.count {
      UnsafeMutableRawPointer(mutating: bytes.baseAddress! + end)
        .storeBytes(of: placeholder(behind: text), as: UInt8.self)
    }
    heldHead = text
    if lookAtHeldHead() == .unknown {
      holdBack()
      setReading(true)
    }
  }

  /// What to put behind the part of a head that has come. Whether it ends there for now, or the client has sent a NUL, cannot be
  /// told. libmicrohttpd writes what it reads over this byte, or finds it in place of the NUL: then it should see no fault of
  /// its own there, but a head of another size than ours, which is refused.
  private func placeholder(behind text: [UInt8]) -> UInt8 {
    let line = text[((text.lastIndex(of: 0x0a) ?? -1) + 1)...]
    let isName = !line.contains(UInt8(ascii: ":"))
    let endsName = isName && !line.withUnsafeBytes(RequestHeadParser.framesBody)
    return UInt8(ascii: endsName ? ":" : "0")
  }

  private enum Look {
    /// The rest of the head is still to come.
    case unknown
    case sound
    case refused
    /// It will not come.
    case closed
  }

  /// More of a later head has come.
  func readHeldHead() {
    guard heldHead != nil else { return }
    switch lookAtHeldHead() {
    case .unknown: break
    case .refused: readAndDrop()
    case .sound:
      setReading(false)
      letGo()
    case .closed: terminate()
    }
  }

  private func lookAtHeldHead() -> Look {
    guard let text = heldHead else { return .unknown }
    let scratch = server.scratch
    scratch.copyBytes(from: text)
    let count = peek(into: UnsafeMutableRawBufferPointer(rebasing: scratch[text.count...]))
    guard count > 0 else { return count == 0 && isHeld ? .closed : .unknown }
    switch server.headParser.parse(UnsafeRawBufferPointer(rebasing: scratch[..<(text.count + count)])) {
    case .incomplete: return .unknown
    case .complete(let head):
      self.head = head
      heldHead = nil
      return .sound
    case .refused(let refusal, let request):
      heldHead = nil
      refuse(refusal, request)
      dropTheRest()
      return .refused
    }
  }

  /// The request whose head has arrived, if libmicrohttpd has read the same; nil where it is not to be served.
  ///
  /// - Parameters:
  ///   - method: where the library has it.
  ///   - size: bytes of the head by the library's own count.
  func takeRequest(
    method: UnsafePointer<CChar>, size: Int
  ) -> (exchange: ServerExchange, refusal: RequestValidation.Refusal?)? {
    guard !isTerminated, phase != .dropping, let head = head.take() else { return nil }
    let place = UnsafeRawPointer(method)
    // Of its first request the library reads nothing before the head but an empty line.
    if libraryMemory == nil {
      libraryMemory = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(mutating: place - head.start), count: server.limits.connectionMemory)
    }
    let isSame = size == head.size && place == headPlace ?? place
    headPlace = nil
    headMemory = head.memory
    let exchange = ServerExchange(connection: self, request: head.request)
    return (exchange, isSame ? nil : RequestValidation.brokenHead)
  }

  /// Answers a request of which neither a handler nor the library knows.
  private func refuse(_ refusal: RequestValidation.Refusal, _ request: ServerRequest) {
    ServerExchange(connection: self, request: request).refuseUnseen(refusal)
  }

  /// The method of a head that nobody has read, if it is HEAD; else nothing.
  func peekAtMethod() -> String {
    let count = peek(into: server.scratch)
    guard count > 0 else { return "" }
    return RequestHeadParser.methodIfHead(UnsafeRawBufferPointer(rebasing: server.scratch[..<count]))
  }

  /// - Returns: how many bytes have come that nobody has read; 0 at the connection's end, -1 where there are none yet.
  private func peek(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    guard buffer.count > 0 else { return -1 }
    let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? -1 : 0
  }
}

// MARK: - What comes after a refusal

extension ServerConnection {
  /// Reads, for a moment, what the client still sends: closing at once would reset the connection, before it has read the
  /// refusal.
  func dropTheRest() {
    guard isInLibrary else { return readAndDrop() }
    holdBack()
    // Now or later: it must not end from inside a call of the library's.
    setReading(true)
  }

  /// libmicrohttpd 1.0 gives up a connection without a word, to its client or to us, where it has no room for a chunk's line. Its
  /// socket is still open.
  func endForgottenRequest() {
    guard let exchange, !exchange.hasEnded else { return }
    if phase == .body && !isTerminated && exchange.request.isChunked {
      exchange.refuse(ServerConnection.chunkLineTooLong(exchange))
      exchange.end(wasSent: true)
    } else {
      exchange.end(wasSent: false)
    }
  }

  func readAndDrop() {
    while true {
      let count = recv(descriptor, server.scratch.baseAddress, server.scratch.count, Int32(MSG_DONTWAIT))
      if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
      guard count > 0, mayDrop(count) else { return terminate() }
    }
  }
}

// MARK: - Lines of a chunked body

/// What was seen when a chunked body was last looked at.
struct ChunkLook {
  var pieces = -1
  var unread = 0
  /// How often it was the same.
  var repeats = 0
}

extension ServerConnection {
  /// Where so many looks at a chunked body find bytes in the socket that nobody reads, nobody will.
  private static let looks = 4

  /// libmicrohttpd keeps a chunk's line in its memory until it is whole; where that is full it reads no more, and says nothing.
  /// So it is looked at whether it reads on.
  func watchChunkLines() {
    setReading(true)
    chunkLook = ChunkLook()
    if chunkTimer == nil { chunkTimer = server.loop.makeTimer { [unowned self] in lookAtChunkLine() } }
    chunkTimer?.schedule(after: ServerConnection.readingPause)
  }

  func chunkBytesArrive() {
    if let chunkTimer, !chunkTimer.isScheduled { chunkTimer.schedule(after: ServerConnection.readingPause) }
  }

  private func lookAtChunkLine() {
    guard phase == .body || phase == .dropping, let exchange, !isTerminated else { return }
    let unread = isSuspended ? 0 : peek(into: server.scratch)
    // Whoever pauses a body lets it go on by an event, and of new bytes the loop tells.
    guard unread > 0 else { return chunkLook = ChunkLook() }
    if chunkLook.pieces == bodyPieces && unread >= chunkLook.unread {
      chunkLook.repeats += 1
    } else {
      chunkLook = ChunkLook(pieces: bodyPieces)
    }
    chunkLook.unread = unread
    guard chunkLook.repeats >= ServerConnection.looks else {
      chunkTimer?.schedule(after: ServerConnection.readingPause)
      return
    }
    exchange.refuse(ServerConnection.chunkLineTooLong(exchange))
    // The library would ask to be run again for as long as this lasts, so it ends now.
    readAndDrop()
    terminate()
  }

  private static func chunkLineTooLong(_ exchange: ServerExchange) -> ServerRefusal {
    ServerRefusal(status: 431, detail: "a line of the chunked body is too long", exchange: exchange)
  }
}
