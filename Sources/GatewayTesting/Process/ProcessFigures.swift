internal import CLinux
internal import Glibc

/// What the test process uses, for tests that look for leaks.
public enum ProcessFigures {
  /// The resident memory of the process in bytes (`/proc/self/statm`, proc(5)).
  ///
  /// The allocator keeps freed pages: call ``trimHeap()`` before, and compare after a warm-up only.
  public static func residentBytes() -> Int {
    guard let file = fopen("/proc/self/statm", "re") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let fields = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(separator: " ")
    guard fields.count > 1, let pages = Int(fields[1]) else { return 0 }
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
  }

  /// Gives freed memory back to the kernel (malloc_trim(3)).
  public static func trimHeap() {
    malloc_trim(0)
  }

  /// The number of open descriptors of the process.
  public static func openDescriptors() -> Int { entries(of: "/proc/self/fd") - 1 }

  /// The number of threads of the process.
  public static func threads() -> Int { entries(of: "/proc/self/task") }

  /// Lets the process open as many descriptors as its hard limit allows.
  public static func raiseDescriptorLimit() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    guard limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  private static func entries(of path: String) -> Int {
    guard let directory = opendir(path) else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      // "." and "..": no descriptor or thread has a name that begins with a dot.
      if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
    }
    return count
  }
}
