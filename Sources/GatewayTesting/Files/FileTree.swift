internal import Glibc

/// Files in folders within a folder of their own for one test, gone at its end.
public final class FileTree {
  /// Where the topmost folder is, without a slash at the end.
  public let path: String
  /// In the order of their making.
  private var made: [String] = []

  /// Makes an empty one under `/tmp`.
  public init() {
    var template = Array("/tmp/gateway-tree-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil, "no temporary folder")
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    for path in made.reversed() { remove(path) }
    rmdir(path)
  }

  /// Writes a file, and makes the folders that it is in.
  public func file(_ name: String, _ text: String) {
    var path = path
    let parts = name.split(separator: "/")
    for part in parts.dropLast() {
      path += "/\(part)"
      if mkdir(path, 0o700) == 0 { made.append(path) }
    }
    path += "/\(parts[parts.count - 1])"
    guard let file = fopen(path, "w") else { preconditionFailure("cannot write \(path)") }
    made.append(path)
    fputs(text, file)
    fclose(file)
  }
}
