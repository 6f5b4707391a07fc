internal import Dispatch
internal import EventLoop
internal import HTTPClient

/// Connects over TLS, on a thread of Dispatch's: libcurl connects and shakes hands in one call that blocks.
final class TLSDialer: ChatDialer {
  private let host: String
  private let port: UInt16
  private let authorities: CertificateAuthorities
  private let timeout: Duration
  private let loop: EventLoop
  private var completion: ((Result<any ChatTransport, ChatLinkError>) -> Void)?

  init(
    host: String, port: UInt16, trusting authorities: CertificateAuthorities, timeout: Duration,
    on loop: EventLoop
  ) {
    self.host = host
    self.port = port
    self.authorities = authorities
    self.timeout = timeout
    self.loop = loop
  }

  func start(_ completion: @escaping (Result<any ChatTransport, ChatLinkError>) -> Void) {
    self.completion = completion
    let bound = LoopBound(self, to: loop)
    DispatchQueue.global().async { [host, port, authorities, timeout, loop] in
      let result = Result { () throws(TLSError) in
        try TLSConnection.open(host: host, port: port, trusting: authorities, timeout: timeout)
      }
      loop.execute { bound.value.finish(result) }
    }
  }

  /// A connection that comes later is closed as it comes.
  func cancel() { completion = nil }

  private func finish(_ result: Result<TLSConnection, TLSError>) {
    let completion = self.completion.take()
    switch result {
    case .success(let connection): completion?(.success(TLSTransport(connection)))
    case .failure(let failure): completion?(.failure(ChatLinkError(failure)))
    }
  }
}
