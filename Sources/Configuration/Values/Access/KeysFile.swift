public import Access
internal import Glibc
internal import JSON
internal import System

/// The file that `keys_file` names: keys as their digests, in a list of the form that stores have (docs/access.md).
public struct KeysFile: Sendable {
  /// In the file's order; no two have one id, or one digest. An empty list lets nobody in.
  public let keys: [KeyRecord]
  /// What is worth a warning in the log.
  public let notices: [String]

  /// The largest file that is read, in bytes, and the most keys in it.
  static let limit = 64 << 20
  static let mostKeys = 100_000

  /// Bytes of the largest key, as JSON.
  private static let largestKey = 256 << 10

  /// Reads and checks a file. Blocks; for the start and a reload only.
  ///
  /// - Throws: a line that says where what is wrong stands. A file without any list is malformed: it may be half written.
  public init(path: String) throws(ConfigurationError) {
    let text: String
    do {
      text = try BoundedFile.read(path, limit: Self.limit, isRegular: true)
    } catch {
      throw .file(path, error.problem)
    }
    keys = try Self.keys(of: text, path: path)
    notices =
      FileMode.warning(of: path, against: S_IWGRP | S_IWOTH, "others may add keys to it").map { [$0] } ?? []
  }

  static func keys(of text: String, path: String) throws(ConfigurationError) -> [KeyRecord] {
    let root: YAMLNode?
    do {
      root = try YAMLComposer.root(of: text)
    } catch {
      throw error.configurationError(path: path)
    }
    guard let root, case .list(let items) = root.content else {
      throw .file(
        path, line: root?.line, "takes a list of keys, such as \"- {id: …, name: …, hash: …}\", or []")
    }
    guard items.count <= mostKeys else { throw .file(path, "takes at most \(mostKeys) keys") }
    let reader = JSONReader(maximumBytes: largestKey)
    var keys: [KeyRecord] = []
    var (ids, digests): (Set<KeyID>, Set<SecretDigest>) = ([], [])
    for item in items {
      let key = try key(item, reader, path: path)
      guard ids.insert(key.id).inserted else {
        throw .file(path, line: item.line, "has the id \(key.id) twice")
      }
      guard digests.insert(key.secret).inserted else {
        throw .file(path, line: item.line, "has a hash twice")
      }
      keys.append(key)
    }
    return keys
  }

  private static func key(
    _ item: YAMLNode, _ reader: JSONReader, path: String
  ) throws(ConfigurationError) -> KeyRecord {
    guard case .mapping(let pairs) = item.content else {
      throw .file(path, line: item.line, "takes a map of id, name, hash and what else a key has")
    }
    let place = FilePlace(path: path, key: "keys", line: item.line)
    // Of a member that stands there twice the last would count.
    _ = try place.members(of: pairs, among: KeyRecord.Member.ofFiles.map(\.rawValue))
    var writer = JSONWriter()
    item.encodeRecord(into: &writer)
    do throws(RecordError) {
      return try reader.withDocument(String(decoding: writer.bytes, as: UTF8.self)) {
        (json) throws(RecordError) in
        let key = try KeyRecord(json, source: .file)
        try key.checkNamesOfFile()
        return key
      }
    } catch {
      throw .misplaced(place.origin(of: error.member, in: pairs), "takes \(error.takes)")
    }
  }
}
