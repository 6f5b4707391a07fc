internal import Glibc

/// A folder of its own for one test, gone at its end.
public final class TemporaryFolder {
  /// Where it is, without a slash at the end.
  public let path: String

  /// Makes an empty one under `/tmp`.
  public init() {
    var template = Array("/tmp/gateway-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder")
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    guard let folder = opendir(path) else { return }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { remove("\(path)/\(name)") }
    }
    rmdir(path)
  }

  /// Writes a file and returns its path.
  public func file(_ name: String, _ bytes: [UInt8]) -> String {
    let path = "\(path)/\(name)"
    guard let file = fopen(path, "w") else { preconditionFailure("cannot write \(path)") }
    precondition(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    fclose(file)
    return path
  }

  /// Writes a file of text and returns its path.
  public func file(_ name: String, _ text: String) -> String { file(name, Array(text.utf8)) }
}
