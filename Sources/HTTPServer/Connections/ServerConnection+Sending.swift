internal import EventLoop
internal import HTTPFields

// Responses past the library, and what the library has room for.

extension ServerConnection {
  /// Whether the library has room for the head of `response`. Where it has not, it closes without a word.
  func hasRoom(for response: ServerResponse) -> Bool {
    let size = 512 + response.fields.byteCount + 4 * response.fields.count
    return headMemory + size <= server.limits.connectionMemory
  }

  /// Whether ``sendContent(_:)`` may be used: somebody must tell when a full socket takes bytes again.
  var canTellOfRoom: Bool { watch != nil }

  /// Gives content of a response to the socket, by one system call, while the library is suspended.
  ///
  /// - Returns: how many bytes it took. After fewer than all, ``ServerExchange/connectionCanWrite()`` follows, or the
  ///   connection's end when the send time-out is over.
  func sendContent(_ bytes: UnsafeRawBufferPointer) -> Int {
    let taken = socket.send(bytes)
    pace.noteGiven(taken)
    if taken < bytes.count {
      if !isWaitingForRoom { beginWaiting() }
      setWaitingForRoom(true)
    } else if isWaitingForRoom {
      endWaiting()
      setWaitingForRoom(false)
    }
    return taken
  }

  func canWrite() {
    if isWaitingForRoom { exchange?.connectionCanWrite() }
  }

  /// Writes a whole response at once and closes our half of the connection.
  func sendPastLibrary(_ response: ServerResponse) {
    WireFormat.closingResponse(response).withUnsafeBytes { bytes in
      // What the socket does not take at once is lost: the connection ends anyhow.
      _ = socket.send(bytes)
    }
    socket.closeWriting()
    rest = .end
    setDeadline(after: ServerConnection.dropTime)
  }
}

// MARK: - What comes after a refusal

extension ServerConnection {
  /// How much of a refused body is read, so that the client gets to see the refusal, and for how long.
  private static let dropLimit = 16 * 1024 * 1024
  private static let dropTime = Duration.seconds(2)

  /// Reads, for a moment, what the client still sends: closing at once would reset the connection, before it has read the
  /// refusal.
  func dropTheRest() {
    guard isInLibrary else { return readAndDrop() }
    holdBack()
    // Now or later: it must not end from inside a call of the library's.
    setReading(true)
  }

  func readAndDrop() {
    while true {
      switch socket.receive(into: server.scratch) {
      case .nothingYet: return
      case .bytes(let count) where mayDrop(count): continue
      case .bytes, .end: return terminate()
      }
    }
  }

  /// Whether so many more bytes of a refused body are worth reading.
  func mayDrop(_ count: Int) -> Bool {
    droppedBytes += count
    bodyPieces &+= 1
    return droppedBytes <= ServerConnection.dropLimit
  }

  /// Ends a request that the library gives up without a word, to its client or to us: 1.0 does so where it has no room for a
  /// chunk's line. Its socket is still open.
  func endForgottenRequest() {
    guard let exchange, !exchange.hasEnded else { return }
    if exchange.state.phase == .receiving && !isTerminated && exchange.request.isChunked {
      exchange.refuse(ServerConnection.chunkLineTooLong(exchange))
      exchange.end(wasSent: true)
    } else {
      exchange.end(wasSent: false)
    }
  }
}
