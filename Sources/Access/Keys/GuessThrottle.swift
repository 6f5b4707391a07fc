public import System

/// Holds off who guesses keys and passwords: 20 failures a minute from one address, then none for a minute. Whoever shows a valid
/// key is never asked about.
///
/// A plain value: events in, verdicts out. GCRA: one time for an address says all. It knows the ``capacity`` addresses that
/// failed last.
public struct GuessThrottle: Sendable {
  /// Failures that are let through at once.
  static let burst = 20
  /// In what time so many may come again, and how long an address is shut after one too many.
  static let window = Duration.seconds(60)
  /// The most addresses.
  static let capacity = 10_000

  private static let step = window / burst

  private struct Guesser {
    /// The theoretical arrival time of GCRA, and until when the address is shut.
    var arrival: MonotonicTime
    var shutUntil: MonotonicTime
  }

  private var guessers: RecencyTable<Household, Guesser>

  /// Nobody has failed.
  public init() { self.init(capacity: Self.capacity) }

  init(capacity: Int) { guessers = RecencyTable(capacity: capacity) }

  /// Takes a failure down.
  ///
  /// - Parameters:
  ///   - address: the client's, as far as it is believed; nil behind a UNIX socket.
  ///   - now: never before that of an earlier call.
  /// - Returns: how long the address is refused from now on: then the failure is one too many, or comes while it is shut, and is
  ///   told as such. Nil: it is told as the failure that it is.
  public mutating func fail(from address: IPAddress?, at now: MonotonicTime) -> Duration? {
    let household = Household(address)
    var guesser = guessers[household] ?? Guesser(arrival: now, shutUntil: now)
    if guesser.shutUntil > now { return guesser.shutUntil - now }
    let next = max(guesser.arrival, now) + Self.step
    if next - now > Self.window {
      guesser.shutUntil = now + Self.window
      // After that all of them are let through again.
      guesser.arrival = guesser.shutUntil
    } else {
      guesser.arrival = next
    }
    guessers[household] = guesser
    return guesser.shutUntil > now ? guesser.shutUntil - now : nil
  }

  /// How long the address is refused yet; nil where it is not. For what costs something to look at, such as a password.
  public func refusal(of address: IPAddress?, at now: MonotonicTime) -> Duration? {
    guard let guesser = guessers.peek(Household(address)), guesser.shutUntil > now else { return nil }
    return guesser.shutUntil - now
  }

  /// How many addresses are known.
  var count: Int { guessers.count }
}

/// An address, of IPv6 its network of 64 bits, which is one household.
private struct Household: Hashable {
  private let kind: UInt8
  private let bits: UInt64

  init(_ address: IPAddress?) {
    (kind, bits) =
      switch address {
      case nil: (0, 0)
      case .v4(let bits)?: (4, UInt64(bits))
      case .v6(let network, _)?: (6, network)
      }
  }
}
