internal import EventLoop
internal import Fleet
package import HTTPClient
internal import HTTPFields
internal import OllamaAPI
internal import System

// What comes of the response.
extension UpstreamCall: TransferDelegate {
  /// Of an error response so many bytes are held back, to see whether another server may do better: Ollama's are far shorter.
  private static let errorLimit = 64 * 1024

  package func transfer(_ transfer: Transfer, didReceive head: ResponseHead) {
    status = head.status
    if work != .check { client.observer?.noteUpstreamHead(after: client.loop.now - startTime, of: server) }
    if head.status >= 500 { note(.status(head.status)) }
    if head.asksForLogin, server?.hasCredentials == true {
      // The client has no part in it, and may try none of his own.
      note(.loginRefused(head.status))
      heldHead = head
      refusesLogin = true
      return
    }
    // The head of a stream is no content: with its first byte it is told, unless the request goes to another server.
    if canMove && (head.beginsStream || head.isOfTheServersMaking) {
      heldHead = head
    } else {
      sink?.call(self, didReceive: head)
    }
  }

  package func transfer(_ transfer: Transfer, didReceive bytes: UnsafeRawBufferPointer) -> TransferDemand {
    // The way of every token.
    guard request != nil else { return pass(bytes) }
    if refusesLogin { return .proceed }
    if let head = heldHead {
      if head.status != 200, heldContent.count + bytes.count <= UpstreamCall.errorLimit {
        heldContent.append(contentsOf: bytes)
        return .proceed
      }
      if head.status == 200, tellsOfError(bytes) {
        heldContent.append(contentsOf: bytes)
        return .proceed
      }
    }
    return passFirst(bytes)
  }

  private func passFirst(_ bytes: UnsafeRawBufferPointer) -> TransferDemand {
    request = nil
    if case .sent(let ticket, _, _) = place {
      client.pool.contentBegan(ticket, isError: status != 200, at: client.loop.now)
    }
    guard let head = heldHead else { return pass(bytes) }
    heldHead = nil
    sink?.call(self, didReceive: head)
    guard !heldContent.isEmpty else { return pass(bytes) }
    let content = heldContent + bytes
    heldContent = []
    return content.withUnsafeBytes { pass($0) }
  }

  private func pass(_ bytes: UnsafeRawBufferPointer) -> TransferDemand {
    let demand = sink?.call(self, didReceive: bytes) ?? .proceed
    if demand == .pause && !report.wasPaused {
      report.wasPaused = true
      if case .sent(let ticket, _, _) = place { client.pool.paused(ticket, at: client.loop.now) }
    }
    return demand
  }

  package func transfer(_ transfer: Transfer, fill buffer: UnsafeMutableRawBufferPointer) -> BodyPiece {
    sink?.call(self, fill: buffer) ?? .abort
  }

  package func transferDidEnd(_ transfer: Transfer, error: TransferError?) {
    guard sink != nil else { return }
    // One that goes on is nobody's trouble.
    if let error, error != .staleConnection { note(error) }
    settle(error)
  }

  /// Whether the request may still go to another server.
  private var canMove: Bool {
    guard work == .inference, let request, case .sent = place else { return false }
    if case .stream = request.body { return request.beginsAnew }
    return true
  }

  /// Whether a response begins with an error, in place of what its status promises.
  private func tellsOfError(_ bytes: UnsafeRawBufferPointer) -> Bool {
    heldContent.isEmpty && bytes.count <= UpstreamCall.errorLimit && bytes.starts(with: #"{"error""#.utf8)
  }
}

extension ResponseHead {
  /// Whether content is to come piece by piece. Of another response the head may be all that matters.
  fileprivate var beginsStream: Bool {
    status == 200 && fields.withFirst("content-type") { StreamFraming(contentType: $0.value) } != nil
  }

  /// Whether it is about who asks.
  fileprivate var asksForLogin: Bool { [401, 403, 407].contains(status) }

  /// Whether another server might respond with something else to the same request.
  fileprivate var isOfTheServersMaking: Bool {
    switch status {
    case 401, 403, 404, 407, 500, 502, 503: true
    default: false
    }
  }
}
