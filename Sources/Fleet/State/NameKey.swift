internal import Glibc

/// A string by its bytes: Swift's own comparison and hash of strings take long for what a client may write.
struct NameKey: Hashable, Sendable {
  let name: String

  init(_ name: String) { self.name = name }

  static func == (left: NameKey, right: NameKey) -> Bool {
    let isSame = left.name.utf8.withContiguousStorageIfAvailable { one in
      right.name.utf8.withContiguousStorageIfAvailable { other in
        guard one.count == other.count, let start = one.baseAddress, let otherStart = other.baseAddress else {
          return one.count == other.count
        }
        return memcmp(start, otherStart, one.count) == 0
      }
    }
    return (isSame ?? nil) ?? left.name.utf8.elementsEqual(right.name.utf8)
  }

  func hash(into hasher: inout Hasher) {
    let isHashed: Void? = name.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: .init($0)) }
    if isHashed == nil { for byte in name.utf8 { hasher.combine(byte) } }
  }
}
