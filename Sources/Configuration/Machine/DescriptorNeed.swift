import Glibc

/// How many file descriptors a configuration may come to need, and how many the process may have.
public enum DescriptorNeed {
  /// Each client connection is one, and one more towards Ollama while its request is under way; so many of either share an
  /// epoll and other descriptors of the libraries that a sixteenth of one for each is more than enough. On top come what a
  /// worker holds (epoll, eventfd, timers, its idle connections to Ollama, the resolver's), the listening sockets and the
  /// standard streams.
  public static func descriptors(for configuration: Configuration) -> Int {
    2 * configuration.maxConnections + configuration.maxConnections / 16 + fixed(configuration)
  }

  /// Lowers the connections to what so many descriptors are enough for, but not under 64. True when they are fewer now.
  static func cutConnections(of configuration: inout Configuration, to descriptors: Int) -> Bool {
    let affordable = max(64, (descriptors - fixed(configuration)) / 33 * 16)
    guard affordable < configuration.maxConnections else { return false }
    configuration.maxConnections = affordable
    return true
  }

  private static func fixed(_ configuration: Configuration) -> Int {
    32 * configuration.workers + configuration.listen.count + 64
  }

  /// The limits of RLIMIT_NOFILE (getrlimit(2)): the soft one holds, and a process may raise it to the hard one.
  public static var limits: (soft: Int, hard: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return (0, 0) }
    // RLIM_INFINITY is the largest unsigned number.
    return (Int(clamping: limit.rlim_cur), Int(clamping: limit.rlim_max))
  }

  /// Raises the soft limit to the need, as far as the hard limit lets it. True when the need is met. At start, before
  /// there are threads.
  public static func raise(for configuration: Configuration) -> Bool {
    let need = descriptors(for: configuration)
    let (soft, hard) = limits
    if soft < need {
      var limit = rlimit(rlim_cur: rlim_t(min(need, hard)), rlim_max: rlim_t(hard))
      if hard == .max { limit.rlim_max = .max }
      _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
    return limits.soft >= need
  }
}
