import Configuration
import Glibc

/// How much memory the gateway may have: by the control group in which it runs (cgroup v2), or by its systemd unit.
struct MemoryLimit: Sendable, Equatable {
  let bytes: Int
  /// Who says so: a file.
  let source: String

  /// The unit's name, which the group's folder has too.
  private static let unit = "ollama-gateway.service"
  /// What a unit's drop-ins and the unit itself are looked for in, by their precedence (systemd.unit(5)).
  private static let unitFolders = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"]
  /// Bytes of a file that are read.
  private static let fileLimit = 64 * 1024

  /// The least of what holds for this process, for the service where that runs, and of what its unit says.
  ///
  /// - Parameter root: where the system's files are; for tests.
  static func find(root: String = "") -> MemoryLimit? {
    let groups = [ownGroup(root), "/system.slice/\(unit)"].compactMap { $0 }
    let limits = groups.compactMap { limit(ofGroup: $0, root) } + [limit(ofUnit: root)].compactMap { $0 }
    return limits.min { $0.bytes < $1.bytes }
  }

  /// `0::/PATH` in proc(5)'s cgroup file.
  private static func ownGroup(_ root: String) -> String? {
    guard let text = try? BoundedFile.read(root + "/proc/self/cgroup", limit: fileLimit) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("0::/") }
    return line.map { String($0.dropFirst(3)) }
  }

  /// The least of a group and of those that it is in.
  private static func limit(ofGroup path: String, _ root: String) -> MemoryLimit? {
    var least: MemoryLimit?
    var folder = Substring(path)
    while true {
      let file = "/sys/fs/cgroup\(folder == "/" ? "" : folder)/memory.max"
      // "max" is no number, and no limit.
      if let text = try? BoundedFile.read(root + file, limit: fileLimit),
        let bytes = Int(text.prefix { !$0.isWhitespace }), bytes < least?.bytes ?? .max
      {
        least = MemoryLimit(bytes: bytes, source: file)
      }
      guard let slash = folder.lastIndex(of: "/"), !folder.isEmpty else { return least }
      folder = folder[..<slash]
    }
  }

  /// What the unit says, and the drop-ins over it: of two lines the later counts.
  private static func limit(ofUnit root: String) -> MemoryLimit? {
    var limit: MemoryLimit?
    let files = unitFolders.compactMap { folder -> String? in
      let file = "\(folder)/\(unit)"
      return access(root + file, R_OK) == 0 ? file : nil
    }
    for file in files.prefix(1) + dropIns(root) {
      guard let text = try? BoundedFile.read(root + file, limit: fileLimit) else { continue }
      for line in text.split(separator: "\n") where line.hasPrefix("MemoryMax=") {
        limit = bytes(String(line.dropFirst("MemoryMax=".count))).map { MemoryLimit(bytes: $0, source: file) }
      }
    }
    return limit
  }

  /// All drop-ins, in the order in which they are read: by name, whichever folder they are in.
  private static func dropIns(_ root: String) -> [String] {
    var files: [String: String] = [:]
    for folder in unitFolders.reversed() {
      let path = "\(folder)/\(unit).d"
      guard let directory = opendir(root + path) else { continue }
      defer { closedir(directory) }
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name.hasSuffix(".conf") { files[name] = "\(path)/\(name)" }
      }
    }
    return files.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Sizes as systemd has them: 1024 bytes are `1K`; `infinity` and a share of the machine's memory are no limit that is
  /// known here.
  static func bytes(_ text: String) -> Int? {
    let text = text.filter { !$0.isWhitespace }
    let number = text.prefix { $0.isASCII && $0.isNumber }
    let scales: [Substring: Int] = ["": 0, "B": 0, "K": 10, "M": 20, "G": 30, "T": 40]
    guard let value = Int(number), let shift = scales[text.dropFirst(number.count)] else { return nil }
    let (bytes, overflow) = value.multipliedReportingOverflow(by: 1 << shift)
    return overflow ? nil : bytes
  }
}
