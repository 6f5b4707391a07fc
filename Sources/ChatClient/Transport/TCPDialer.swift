internal import EventLoop
internal import Glibc
internal import System

/// Connects a TCP socket: to the first of a host's addresses that takes the connection.
final class TCPDialer: ChatDialer {
  private let host: String
  private let port: UInt16
  private let loop: EventLoop
  private var completion: ((Result<any ChatTransport, ChatLinkError>) -> Void)?
  private var addresses: [HostLookup.Address] = []
  private var socket: Int32 = -1
  private var watch: Watch?

  init(host: String, port: UInt16, on loop: EventLoop) {
    self.host = host
    self.port = port
    self.loop = loop
  }

  func start(_ completion: @escaping (Result<any ChatTransport, ChatLinkError>) -> Void) {
    self.completion = completion
    let bound = LoopBound(self, to: loop)
    HostLookup.find(host, port: port) { [loop] result in
      loop.execute { bound.value.found(result) }
    }
  }

  func cancel() {
    completion = nil
    closeSocket()
  }

  private func found(_ result: Result<[HostLookup.Address], ChatLinkError>) {
    guard completion != nil else { return }
    switch result {
    case .success(let addresses):
      self.addresses = addresses
      connectToNext(after: nil)
    case .failure(let failure): finish(.failure(failure))
    }
  }

  private func finish(_ result: Result<any ChatTransport, ChatLinkError>) {
    let completion = self.completion.take()
    completion?(result)
  }

  private func closeSocket() {
    watch?.cancelBeforeClose()
    watch = nil
    if socket >= 0 { close(socket) }
    socket = -1
  }

  private func connectToNext(after failure: SystemCallError?) {
    closeSocket()
    guard !addresses.isEmpty else {
      return finish(.failure(failure.map { ChatLinkError($0) } ?? ChatLinkError(reason: "no address")))
    }
    let address = addresses.removeFirst()
    do throws(SystemCallError) {
      let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
      socket = try systemCall("socket") { Glibc.socket(address.family, type, 0) } ?? -1
      var yes: Int32 = 1
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
      try connect(to: address)
      watch = try loop.watch(socket, for: .writable) { [unowned self] _ in
        // What becomes of it may drop the last reference.
        withExtendedLifetime(self) { finishConnecting() }
      }
    } catch {
      connectToNext(after: error)
    }
  }

  private func connect(to address: HostLookup.Address) throws(SystemCallError) {
    do throws(SystemCallError) {
      try systemCall("connect") {
        address.bytes.withUnsafeBytes {
          Glibc.connect(
            socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
      }
    } catch {
      // The socket becomes writable when it is connected.
      guard error.code == EINPROGRESS else { throw error }
    }
  }

  /// The connection was made, or not.
  private func finishConnecting() {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
    guard code == 0 else { return connectToNext(after: SystemCallError(call: "connect", code: code)) }
    watch?.cancel()
    watch = nil
    let transport = TCPTransport(socket)
    socket = -1
    finish(.success(transport))
  }
}
