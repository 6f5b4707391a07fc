/// What a process has done to a folder, in order: what `Tests/Preloads/disk_recorder.c` has recorded.
struct DiskRecord {
  enum Entry {
    /// A file that was not there has been made.
    case made(name: String, inode: UInt64)
    /// The range is that of the bytes in the record.
    case written(inode: UInt64, offset: Int, Range<Int>)
    case cut(inode: UInt64, length: Int)
    /// The folder is number 0.
    case synced(inode: UInt64)
    case renamed(from: String, to: String)
    case unlinked(name: String)
    /// All commits up to this one are acknowledged.
    case marked(Int)

    var isWrite: Bool { if case .written = self { true } else { false } }
  }

  struct Unreadable: Error { let offset: Int }

  let bytes: [UInt8]
  private(set) var entries: [Entry] = []

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    var start = 0
    while start < bytes.count {
      guard bytes.count - start >= 32 else { throw Unreadable(offset: start) }
      let words = (0..<4).map { word in
        bytes[(start + 8 * word)..<(start + 8 * word + 8)].reversed().reduce(UInt64(0)) {
          $0 << 8 | UInt64($1)
        }
      }
      guard words[3] <= UInt64(bytes.count - start - 32) else { throw Unreadable(offset: start) }
      let content = (start + 32)..<(start + 32 + Int(words[3]))
      guard let entry = entry(words[0], inode: words[1], Int(words[2]), content) else {
        throw Unreadable(offset: start)
      }
      entries.append(entry)
      start = content.upperBound
    }
  }

  private func entry(_ kind: UInt64, inode: UInt64, _ offset: Int, _ content: Range<Int>) -> Entry? {
    switch kind {
    case 1: return .made(name: text(content), inode: inode)
    case 2: return .written(inode: inode, offset: offset, content)
    case 3: return .cut(inode: inode, length: offset)
    case 4: return .synced(inode: inode)
    case 5:
      let names = bytes[content].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
      return names.count == 2 ? .renamed(from: names[0], to: names[1]) : nil
    case 6: return .unlinked(name: text(content))
    case 7: return .marked(offset)
    default: return nil
    }
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
