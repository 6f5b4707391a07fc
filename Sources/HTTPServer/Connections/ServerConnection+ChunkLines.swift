internal import EventLoop

// libmicrohttpd keeps a chunk's line in its memory until it is whole; where that is full it reads no more, and says nothing.
// So it is looked at whether it reads on.

/// What was seen when a chunked body was last looked at.
struct ChunkLook {
  /// Pieces of the body that had come by then.
  var pieces = -1
  /// Bytes that nobody had read.
  var unread = 0
  /// How often it was the same.
  var repeats = 0
}

extension ServerConnection {
  /// Where so many looks at a chunked body find bytes in the socket that nobody reads, nobody will.
  private static let looks = 4

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
    guard let exchange, !isTerminated else { return }
    guard exchange.state.phase == .receiving || exchange.state.phase == .dropping else { return }
    // Whoever pauses a body lets it go on by an event, and of new bytes the loop tells.
    guard library == .running, case .bytes(let unread) = socket.peek(into: server.scratch) else {
      chunkLook = ChunkLook()
      return
    }
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

  static func chunkLineTooLong(_ exchange: ServerExchange) -> ServerRefusal {
    ServerRefusal(status: 431, detail: "a line of the chunked body is too long", exchange: exchange)
  }
}
