internal import Access
internal import Glibc

/// Asks the gateway that listens at an address whether it is ready: `GET /health/ready`. Blocks.
public struct ReadinessProbe {
  private let end: ContinuousClock.Instant
  private let patience: Duration

  /// What came of it.
  public enum Answer: Equatable, Sendable {
    case ready
    /// The reason, for people, on one line.
    case notReady(String)
  }

  /// As much of the response as its status line takes.
  private static let enough = 64
  private static let request =
    "GET /health/ready HTTP/1.1\r\nHost: localhost\r\nUser-Agent: ollama-gateway-health\r\nConnection: close\r\n\r\n"

  /// Asks. At an address that stands for every address, the loopback one is asked.
  ///
  /// - Parameter patience: how long the gateway may take in all: it asks its Ollama meanwhile.
  public static func ask(_ address: ListenAddress, patience: Duration = .seconds(10)) -> Answer {
    let probe = ReadinessProbe(end: .now + patience, patience: patience)
    let answer =
      switch address {
      case .ipv4(let ip, let port), .ipv6(let ip, let port):
        ListenProbe.withSocketAddress(reachable(ip), port) { probe.exchange(with: $0, $1) }
      case .any(let port):
        ListenProbe.withSocketAddress(.v4(0x7F00_0001), port) { probe.exchange(with: $0, $1) }
      case .unix(let path): ListenProbe.withSocketAddress(path) { probe.exchange(with: $0, $1) }
      }
    switch answer {
    case .ready: return .ready
    case .notReady(let reason): return .notReady("\(address): \(reason)")
    }
  }

  private static func reachable(_ ip: IPAddress) -> IPAddress {
    switch ip {
    case .v4(0): .v4(0x7F00_0001)
    case .v6(0, 0): .v6(0, 1)
    default: ip
    }
  }

  private func exchange(with address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Answer {
    let descriptor = socket(Int32(address.pointee.sa_family), ListenProbe.stream, 0)
    guard descriptor >= 0 else { return .notReady(SystemError.text(errno)) }
    defer { close(descriptor) }
    // It holds for connecting as well.
    guard limitNextCall(on: descriptor, SO_SNDTIMEO) else { return .notReady(words(EAGAIN)) }
    guard connect(descriptor, address, length) == 0 else { return .notReady(words(errno)) }
    let text = Array(ReadinessProbe.request.utf8)
    guard send(descriptor, text, text.count, Int32(MSG_NOSIGNAL)) == text.count else {
      return .notReady(words(errno))
    }
    return verdict(of: descriptor)
  }

  /// The next call of this kind ends when the time is over.
  ///
  /// - Returns: whether there is any left.
  private func limitNextCall(on descriptor: Int32, _ option: Int32) -> Bool {
    let rest = (end - .now).components
    guard rest.seconds >= 0, rest.attoseconds >= 0 else { return false }
    // None at all would be for ever.
    var time = timeval(
      tv_sec: Int(rest.seconds), tv_usec: Int(rest.attoseconds / 1_000_000_000_000) + 1)
    setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    return true
  }

  private func verdict(of descriptor: Int32) -> Answer {
    var head = [UInt8](repeating: 0, count: ReadinessProbe.enough)
    var count = 0
    while count < head.count {
      guard limitNextCall(on: descriptor, SO_RCVTIMEO) else { return .notReady(words(EAGAIN)) }
      let got = head.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + count, $0.count - count, 0) }
      if got < 0, errno == EINTR { continue }
      if got < 0 { return .notReady(words(errno)) }
      if got == 0 { break }
      count += got
    }
    let words = String(decoding: head[..<count], as: UTF8.self).split(separator: " ")
    guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else {
      return .notReady("what answers there is no gateway")
    }
    switch status {
    case 200: return .ready
    case 503: return .notReady("the gateway is going down, or reaches no Ollama")
    default: return .notReady("it answers with status \(status)")
    }
  }

  private func words(_ code: Int32) -> String {
    switch code {
    case ECONNREFUSED, ENOENT: "nothing listens there"
    case EAGAIN, EINPROGRESS: "no answer within \(patience.components.seconds) s"
    default: SystemError.text(code)
    }
  }
}
