import Glibc

/// How many file descriptors a configuration may come to need, and how many the process may have.
public enum DescriptorNeed {
  /// Each client connection is one, and one more towards Ollama while its request is under way; so many of either share an
  /// epoll and other descriptors of the libraries that a sixteenth of one for each is more than enough. On top come what a
  /// worker holds (epoll, eventfd, timers, its idle connections to Ollama, the resolver's), the listening sockets and the
  /// standard streams, and where there are several servers the connections to each that are no single request's.
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
      + servers(of: configuration) * (orders + questions + workerQuestions * configuration.workers)
  }

  /// Requests that go to several servers at once, of all clients together: each takes a connection to every one of them.
  public static let orders = 32
  /// Questions of the gateway's own to a server, and its load of a model, with one to spare.
  private static let questions = 5
  /// What each worker asks each server for on behalf of all its clients: the lists, the version, whose models they are, health.
  private static let workerQuestions = 10

  /// Those of several, as far as the settings tell: where they come from DNS or a file, sixteen. Of an only one nothing is to be
  /// added, as its lists are relayed.
  private static func servers(of configuration: Configuration) -> Int {
    let count = configuration.servers.reduce(0) { count, server in
      if case .url = server.place { count + 1 } else { count + 16 }
    }
    return count > 1 ? count : 0
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
