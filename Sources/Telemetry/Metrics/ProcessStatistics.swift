internal import Glibc

/// What the kernel knows of this process (proc(5)): the figures that Prometheus' client libraries give, too.
public struct ProcessStatistics: Sendable {
  /// User and system time, in seconds.
  public var cpuSeconds = 0.0
  /// Memory that is in the machine's.
  public var residentBytes = 0
  /// Address space that is taken.
  public var virtualBytes = 0
  /// Descriptors that are open.
  public var openDescriptors = 0
  /// How many there may be (`RLIMIT_NOFILE`).
  public var maximumDescriptors = 0
  /// Since the epoch, in seconds.
  public var startTimeSeconds = 0.0
  /// Threads that run.
  public var threads = 0

  /// Reads `/proc`, which counting many descriptors makes slow: not on an event loop.
  ///
  /// - Returns: nil where there is no `/proc`.
  public static func current() -> ProcessStatistics? {
    guard let stat = contents(of: "/proc/self/stat"), let name = stat.lastIndex(of: ")") else { return nil }
    // The fields behind the name: the first is number 3.
    let fields = stat[stat.index(after: name)...].split(separator: " ")
    guard fields.count > 21 else { return nil }
    func field(_ number: Int) -> Int { Int(fields[number - 3]) ?? 0 }
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    var result = ProcessStatistics()
    result.cpuSeconds = Double(field(14) + field(15)) / ticks
    result.threads = field(20)
    result.virtualBytes = field(23)
    result.residentBytes = field(24) * sysconf(Int32(_SC_PAGESIZE))
    result.startTimeSeconds = bootTime + Double(field(22)) / ticks
    result.openDescriptors = count(of: "/proc/self/fd")
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      result.maximumDescriptors = Int(clamping: limit.rlim_cur)
    }
    return result
  }

  private static let bootTime: Double = {
    let line = contents(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
    return line.flatMap { Double($0.dropFirst(6)) } ?? 0
  }()

  private static func contents(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while bytes.count < 1 << 20 {
      let piece = [UInt8](unsafeUninitializedCapacity: 16384) { buffer, count in
        count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
      }
      if piece.isEmpty { break }
      bytes += piece
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func count(of folder: String) -> Int {
    guard let entries = opendir(folder) else { return 0 }
    defer { closedir(entries) }
    var count = 0
    while readdir(entries) != nil { count += 1 }
    // Itself, its parent and the descriptor that reads it are no part of it.
    return max(0, count - 3)
  }
}
