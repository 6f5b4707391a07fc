internal import Budgets
internal import System

// The response.

extension ServerExchange {
  /// Gives the response. Once; dropped if the client has left, or the server has refused the request in the meantime.
  ///
  /// While the body still arrives, an error of up to 64 KiB is sent at once and the connection closed; any other
  /// response waits until the body is complete.
  public func respond(_ given: consuming ServerResponse) {
    let response = (consume given).allowed(to: request.method)
    take(response, state.responseGiven(response.kind))
  }

  private func take(_ response: ServerResponse, _ action: ExchangeStateMachine.Action) {
    switch action {
    case .drop(let warns):
      // When a handler's work ends is up to its peers: a mistake of this kind must not end everybody's requests.
      if warns { server.warn("a request was given two responses: the second is dropped") }
      response.drop()
    case .note:
      status = response.status
      response.drop()
    default:
      status = response.status
      if case .stream(let stream, let length) = response.body {
        self.stream = stream
        stream.attach(to: self, framing: length == nil ? framing : nil)
      }
      self.response = response
      perform(action)
    }
  }

  private var framing: ResponseStream.Framing { request.version == .http1_1 ? .chunked : .none }

  func queueResponse() -> Bool {
    guard var response = response.take() else { preconditionFailure("no response to queue") }
    guard connection.hasRoom(for: response) else {
      self.response = response
      perform(state.foundNoRoom(for: response.kind))
      return false
    }
    // Between two chunks the client may have sent lines that another server reads in another way: nothing follows them.
    if request.isChunked { response.closesConnection = true }
    firstByte = .now
    connection.startSending()
    switch response.body {
    case .bytes(let bytes) where bytes.count <= ServerExchange.wholeResponseLimit: take(whole: bytes.count)
    case .bytes(let bytes): response.body = .stream(stream(of: bytes), length: bytes.count)
    case .upgrade(let handler): upgradeHandler = handler
    case .stream, .head: break
    }
    return server.queue(response, on: connection)
  }

  /// The library has a copy of a small response until it is sent.
  private func take(whole count: Int) {
    bytesSent = count
    connection.noteGiven(count)
    guard count > ResponseStream.freeBytes else { return }
    _ = wholeCharge.settle(at: count, in: server.unsentLease, for: account)
  }

  /// The library takes a copy of a response that it gets whole: a large one is given to it in pieces.
  private func stream(of bytes: [UInt8]) -> ResponseStream {
    let stream = ResponseStream(of: bytes)
    stream.attach(to: self, framing: nil)
    self.stream = stream
    return stream
  }

  /// Sends the whole response that was kept, and ends the connection.
  func sendPastLibrary() {
    dropBodyReader()
    guard let response = response.take() else { preconditionFailure("no response to send") }
    sendPastLibrary(response)
  }

  private func sendPastLibrary(_ response: ServerResponse) {
    guard let content = response.wholeContent else { return }
    firstByte = .now
    bytesSent = content.count
    connection.sendPastLibrary(response)
  }

  /// Sends 502 in place of a response that the library has no room for.
  func sendNoRoom() {
    dropBodyReader()
    response = nil
    callOnClientLeft()
    stream?.discard()
    let refusal = server.response(
      for: ServerRefusal(status: 502, detail: "the response's header is too large", exchange: self))
    status = refusal.status
    sendPastLibrary(refusal.allowed(to: request.method))
  }

  /// libmicrohttpd has taken content for the socket.
  func didSend(_ count: Int) {
    bytesSent += count
    connection.noteSendProgress(count)
  }

  /// The socket has taken content past the library.
  func noteSent(_ count: Int) { bytesSent += count }

  func connectionCanWrite() { stream?.connectionCanWrite() }
}

// MARK: - Refusals

extension ServerExchange {
  /// Responds for the handler, and stops it.
  func refuse(_ refusal: ServerRefusal) {
    let action = state.refused()
    guard action == .replaceResponse else {
      perform(action)
      return
    }
    // Nobody will have what is being worked on, such as an upload whose end never comes.
    callOnClientLeft()
    stream?.detach()
    stream = nil
    var response = server.response(for: refusal).allowed(to: request.method)
    response.closesConnection = true
    take(response, state.refusalGiven(response.kind))
  }

  /// Refuses a request whose head libmicrohttpd has not read, or not all of it.
  func refuseUnseen(_ refusal: RequestValidation.Refusal) {
    state.unseenRefused()
    let response = server.response(
      for: ServerRefusal(status: refusal.status, detail: refusal.detail, exchange: self))
    status = response.status
    sendPastLibrary(response.allowed(to: request.method))
    end(wasSent: true)
  }

  func tooLarge(_ limit: Int) -> ServerRefusal {
    ServerRefusal(status: 413, detail: "the body is over the limit of \(limit) bytes", exchange: self)
  }

  func noRoom(_ refusal: MemoryRefusal) -> ServerRefusal {
    switch refusal {
    case .exhausted:
      ServerRefusal(status: 503, detail: "too many large requests at once", exchange: self, memory: refusal)
    case .clientShare:
      ServerRefusal(
        status: 429, detail: "too many large requests of this client at once", exchange: self,
        memory: refusal)
    }
  }

  var tooSlow: ServerRefusal {
    ServerRefusal(status: 408, detail: "the request came too slowly", exchange: self)
  }
}
