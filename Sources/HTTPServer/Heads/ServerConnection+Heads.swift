internal import Bytes
internal import Glibc
internal import HTTPFields

// Heads are read before libmicrohttpd gets to see them, as RequestHeadParser explains. The first one's bytes are looked at in
// the socket: the library gets the connection once they are there and sound. A later one's are in the library's memory
// when it has found the target, and only where they are not all there the socket is looked at.
extension ServerConnection {
  /// Bytes of the first request have come.
  func readFirstHead() {
    switch socket.peek(into: server.scratch) {
    case .nothingYet: break
    case .end: terminate()
    case .bytes(let count): readFirstHead(UnsafeRawBufferPointer(rebasing: server.scratch[..<count]))
    }
  }

  private func readFirstHead(_ bytes: UnsafeRawBufferPointer) {
    switch server.headParser.parse(bytes) {
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
    guard head == nil, exchange == nil, rest == .nextHead, let memory = libraryMemory,
      let first = memory.baseAddress
    else { return }
    let place = UnsafeRawPointer(target)
    guard place > UnsafeRawPointer(first), place < UnsafeRawPointer(first) + memory.count else { return }
    var start = place - 1
    while start > UnsafeRawPointer(first),
      ASCII.isTokenCharacter((start - 1).load(as: UInt8.self))
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
    let come: Int
    switch socket.peek(into: UnsafeMutableRawBufferPointer(rebasing: scratch[text.count...])) {
    case .bytes(let count): come = count
    case .nothingYet: return .unknown
    case .end: return library == .held ? .closed : .unknown
    }
    switch server.headParser.parse(UnsafeRawBufferPointer(rebasing: scratch[..<(text.count + come)])) {
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
    guard !isTerminated, rest != .end, let head = head.take() else { return nil }
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

  /// Refuses a request of which neither a handler nor the library knows.
  private func refuse(_ refusal: RequestValidation.Refusal, _ request: ServerRequest) {
    ServerExchange(connection: self, request: request).refuseUnseen(refusal)
  }

  /// The method of a head that nobody has read, if it is HEAD; else nothing.
  func peekAtMethod() -> String {
    guard case .bytes(let count) = socket.peek(into: server.scratch) else { return "" }
    return RequestHeadParser.methodIfHead(UnsafeRawBufferPointer(rebasing: server.scratch[..<count]))
  }
}
