internal import Bytes

/// How many cores this process may keep busy.
public enum MachineCores {
  /// The cores of the process's affinity mask (`Cpus_allowed` of proc(5)), cut to its cgroup's CPU quota rounded up
  /// (`cpu.max` of cgroups(7) version 2: a container started with `--cpus 2` has the mask of the whole machine). 1 or
  /// more. Reads two small files.
  public static var available: Int {
    let status = try? BoundedFile.read("/proc/self/status", limit: 64 << 10)
    // What a container sees at the root of its cgroup namespace; missing elsewhere.
    let limit = try? BoundedFile.read("/sys/fs/cgroup/cpu.max", limit: 128)
    return max(1, min(allowed(in: status ?? "") ?? 1, quota(in: limit ?? "") ?? .max))
  }

  /// `Cpus_allowed:` followed by the mask as hexadecimal words parted by commas.
  static func allowed(in status: String) -> Int? {
    let name = "Cpus_allowed:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
    return line.utf8.dropFirst(name.utf8.count).reduce(0) {
      $0 + (Hexadecimal.value(of: $1)?.nonzeroBitCount ?? 0)
    }
  }

  /// `QUOTA PERIOD` in microseconds, or `max PERIOD` for none.
  static func quota(in limit: String) -> Int? {
    let fields = limit.split(whereSeparator: \.isWhitespace)
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0, period > 0
    else {
      return nil
    }
    return quota / period + (quota % period == 0 ? 0 : 1)
  }
}
