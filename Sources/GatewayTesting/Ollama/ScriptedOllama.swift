internal import CLinux
internal import Dispatch
internal import EventLoop
internal import System

/// A fake Ollama for tests: an HTTP/1.1 server on 127.0.0.1 that responds to each request by a ``Script``, remembers
/// every request and how each exchange ended.
///
/// ```swift
/// let ollama = try ScriptedOllama { request in
///   request.path == "/api/chat" ? .silent : OllamaResponses().script(for: request)
/// }
/// defer { ollama.stop() }
/// // … a request through the gateway to ollama.url …
/// try await ollama.wait("the request has come") { $0.requests.count == 1 }
/// ```
///
/// It has a thread of its own with one epoll loop, holds thousands of connections and never blocks. All methods
/// may be called from any thread.
///
/// A peer that closes its writing half has left, as for the real Ollama (Go's `net/http`): its exchange ends.
public final class ScriptedOllama: Sendable {
  /// Chooses the response once the request is whole. Runs on the fake's thread and must not block.
  public typealias Responder = @Sendable (Request) -> Script
  /// Chooses the response before the body is read, or nil to wait for the body. Runs on the fake's thread.
  public typealias EarlyResponder = @Sendable (Request) -> Script?

  /// The port it listens on.
  public let port: UInt16
  /// Its base URL, without a slash at the end.
  public var url: String { "http://127.0.0.1:\(port)" }

  let server: ScriptedServer
  private let loop: EventLoop
  private let isStopped = Lock(false)

  /// Starts it.
  ///
  /// - Parameters:
  ///   - port: 0 for a free one; another one to come back on the port of a fake that was stopped.
  ///   - receiveBuffer: the size of the sockets' receive buffers in bytes (`SO_RCVBUF`, which the kernel
  ///     doubles), for tests that watch how much of an upload gets through. nil: the kernel's choice.
  ///   - sendBuffer: likewise for the send buffers: what the fake counts as sent is then close to what the
  ///     peer has read.
  ///   - bodyLimit: up to how many bytes of a request's body are kept. The rest is counted and hashed.
  ///   - recordLimit: how many of the latest exchanges are kept at least.
  ///   - respond: the responses; those of a small, faithful Ollama by default (``OllamaResponses``).
  ///   - onHead: the responses given before the body is read, if any.
  /// - Throws: if the port is taken, or no descriptors or threads are left.
  public init(
    port: UInt16 = 0, receiveBuffer: Int? = nil, sendBuffer: Int? = nil, bodyLimit: Int = 1 << 20,
    recordLimit: Int = 10_000, respond: Responder? = nil, onHead: EarlyResponder? = nil
  ) throws {
    ProcessFigures.raiseDescriptorLimit()
    let listener = try Sockets.listen(
      .loopback(port: port), backlog: 4096, receiveBuffer: receiveBuffer, sendBuffer: sendBuffer)
    do {
      self.port = try Sockets.port(of: listener)
      loop = try EventLoop(name: "ollama-\(self.port)")
    } catch {
      close(listener)
      throw error
    }
    let responses = OllamaResponses()
    server = ScriptedServer(
      loop: loop, listener: listener, bodyLimit: bodyLimit, recordLimit: recordLimit,
      responders: ScriptedServer.Responders(respond: respond ?? { responses.script(for: $0) }, onHead: onHead)
    )
    loop.execute { [server] in server.start() }
  }

  /// For a test that forgot ``stop()``. On the loop's own thread - the last reference was a responder's - the
  /// thread cannot wait for itself and stays.
  deinit {
    if !loop.isCurrent { stop() }
  }

  /// Closes the listener and all connections and ends the thread. The port then refuses connections. Once is
  /// enough, more do no harm.
  public func stop() {
    let wasStopped = isStopped.withLock { isStopped in
      defer { isStopped = true }
      return isStopped
    }
    guard !wasStopped else { return }
    loop.execute { [server] in server.stop() }
    loop.shutDown()
  }

  /// Responds to requests from now on by `respond`.
  public func respond(_ respond: @escaping Responder) {
    server.responders.withLock { $0.respond = respond }
  }

  /// Responds to requests from now on by `onHead` before their body is read.
  public func onHead(_ onHead: EarlyResponder?) {
    server.responders.withLock { $0.onHead = onHead }
  }

  /// Opens a gate for good: scripts that wait at ``Script/Step/gate(_:)`` of that name go on.
  public func open(_ gate: String) {
    loop.execute { [server] in server.open(gate) }
  }

  /// Closes every connection on which no request is in progress, as a server does whose keep-alive time is over.
  public func closeIdleConnections() {
    loop.execute { [server] in server.closeIdleConnections() }
  }

  /// Breaks every connection off with a RST, as a crash does. The listener stays.
  public func resetAllConnections() {
    loop.execute { [server] in server.resetAllConnections() }
  }

  /// What has happened so far: all that a client can have seen of it is in it.
  public var snapshot: Snapshot {
    finishTurn()
    return server.record.withLock { $0.snapshot }
  }

  /// Waits until the tick of the loop is over that may have written to a socket and not yet noted so.
  private func finishTurn() {
    guard !loop.isCurrent, isStopped.withLock({ !$0 }) else { return }
    let tick = DispatchSemaphore(value: 0)
    loop.execute { tick.signal() }
    // A loop that ends just now drops messages: then there is nothing to wait for.
    _ = tick.wait(timeout: .now() + 10)
  }

  /// The requests whose body is whole, in the order of their heads.
  public var requests: [Request] { snapshot.requests }

  /// Waits until `condition` holds.
  ///
  /// - Throws: ``ConditionTimeout``, which tells what was waited for and what has happened instead.
  public func wait(
    _ what: String = "the condition on the fake Ollama", within limit: Duration = .seconds(120),
    file: StaticString = #fileID, line: UInt = #line, until condition: (Snapshot) throws -> Bool
  ) async throws {
    try await eventually(what, within: limit, file: file, line: line, state: { snapshot.description }) {
      try condition(snapshot)
    }
  }
}
