internal import System

extension ScriptedConnection {
  /// Reads what is there, up to a megabyte, so that no connection keeps the loop to itself.
  func receive(atMost limit: Int = 1 << 20) {
    var left = limit
    while isOpen, left > 0 {
      let buffer = UnsafeMutableRawBufferPointer(rebasing: server.readBuffer.prefix(left))
      switch Sockets.receive(descriptor, into: buffer) {
      case .bytes(let count):
        left -= count
        if !isLingering { parse(UnsafeRawBufferPointer(rebasing: buffer.prefix(count))) }
        if limit == 1 << 20, !mayRead { return }
      case .wouldBlock: return
      case .endOfStream: return peerLeft(.finished)
      case .broken(let departure): return peerLeft(departure)
      }
    }
  }

  private func parse(_ bytes: UnsafeRawBufferPointer) {
    bytes.withMemoryRebound(to: UInt8.self) { parser.append($0) }
    do throws(HTTPSyntaxError) {
      while isOpen, !isLingering, let event = try parser.next() {
        switch event {
        case .head(let head): try begin(head)
        case .body(let bytes): receiving?.receive(bytes, limit: server.bodyLimit)
        case .chunkEnd: break
        case .end: bodyEnded()
        }
      }
    } catch {
      return refuse(error)
    }
    if let receiving {
      let (number, count) = (receiving.number, receiving.request.body.count)
      server.record.withLock { $0.update(number) { $0.request.body.count = count } }
    }
  }

  private func begin(_ head: MessageHead) throws(HTTPSyntaxError) {
    let line = try head.requestLine()
    let request = ScriptedOllama.Request(
      number: server.record.withLock { $0.snapshot.requestCount } + 1, connection: number,
      method: line.method,
      target: line.target, version: line.version, headers: head.headers, body: ScriptedOllama.Body())
    server.record.withLock { [hosts = head.headers.values(of: "Host").count] record in
      record.add(request)
      if hosts != 1, request.version == "HTTP/1.1" {
        record.addViolation("\(hosts) Host fields: \(request.method) \(request.target)")
      }
    }
    let exchange = ScriptedExchange(request: request)
    exchange.awaitsContinue = exchange.awaitsContinue && parser.framing != .none
    receiving = exchange
    exchanges.append(exchange)
    if let onHead = server.responders.withLock({ $0.onHead }), let script = onHead(request) {
      exchange.steps = script.steps
      exchange.awaitsContinue = false
    }
    if exchanges.first?.wait == .nextRequest { exchanges[0].wait = nil }
  }

  private func bodyEnded() {
    guard let exchange = receiving else { return }
    receiving = nil
    exchange.request.body.isWhole = true
    exchange.awaitsContinue = false
    let request = exchange.request
    server.record.withLock { $0.update(request.number) { $0.request.body = request.body } }
    if exchange.steps == nil {
      exchange.steps = server.responders.withLock { $0.respond }(request).steps
    } else if exchange.wait == .body {
      exchange.wait = nil
    }
  }

  /// What Go's server does with a request that breaks the rules.
  private func refuse(_ error: HTTPSyntaxError) {
    server.record.withLock { $0.addViolation("\(error)") }
    var response = Array(
      ("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
        + "400 Bad Request").utf8)
    // Of a response in progress nobody could tell where this one begins.
    if !exchanges.isEmpty { response = [] }
    if !response.isEmpty { _ = response.withUnsafeBytes { Sockets.send(descriptor, $0) } }
    closeInOrder(expectsInput: true)
  }
}
