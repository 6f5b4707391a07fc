/// A disk with one folder, and what the system's memory has that is not on it yet.
///
/// What was synced is on it. Of what was written to a file since it was synced last, any part may be on it, in pieces of 512 bytes and
/// in any order. The folder's changes come in their order, as file systems with a journal have it.
struct SimulatedDisk {
  /// What becomes of that which was not synced.
  enum Loss: CaseIterable {
    /// All of it is gone.
    case all
    /// Each change to a file is on the disk, or is not, or is in part.
    case some
    /// The same, and the folder's changes are all there.
    case someButNames
  }

  private enum Change {
    case written(offset: Int, Range<Int>)
    case cut(Int)
  }

  private enum NameChange {
    case made(String, file: Int)
    case renamed(String, String)
    case unlinked(String)
  }

  private struct File {
    var synced: [UInt8] = []
    var changes: [Change] = []
  }

  private static let sector = 512

  private let record: DiskRecord
  private var files: [File] = []
  /// By the inode, which is used again when a file has gone.
  private var fileOfInode: [UInt64: Int] = [:]
  private var names: [String: Int] = [:]
  private var nameChanges: [NameChange] = []

  /// A disk before the first entry.
  init(_ record: DiskRecord) { self.record = record }

  /// Does what an entry says, in the system's memory.
  mutating func apply(_ entry: DiskRecord.Entry) {
    switch entry {
    case .made(let name, let inode):
      fileOfInode[inode] = files.count
      nameChanges.append(.made(name, file: files.count))
      files.append(File())
    case .written(let inode, let offset, let range):
      if let file = fileOfInode[inode] { files[file].changes.append(.written(offset: offset, range)) }
    case .cut(let inode, let length):
      if let file = fileOfInode[inode] { files[file].changes.append(.cut(length)) }
    case .synced(0):
      for change in nameChanges { Self.apply(change, to: &names) }
      nameChanges = []
    case .synced(let inode):
      guard let file = fileOfInode[inode] else { return }
      for change in files[file].changes { apply(change, to: &files[file].synced) }
      files[file].changes = []
    case .renamed(let from, let to): nameChanges.append(.renamed(from, to))
    case .unlinked(let name): nameChanges.append(.unlinked(name))
    case .marked: break
    }
  }

  /// The files that are there when the power is back.
  func files(after loss: Loss, using generator: inout some RandomNumberGenerator) -> [String: [UInt8]] {
    var names = names
    let kept =
      switch loss {
      case .all: 0
      case .some: Int.random(in: 0...nameChanges.count, using: &generator)
      case .someButNames: nameChanges.count
      }
    for change in nameChanges.prefix(kept) { Self.apply(change, to: &names) }
    // In a fixed order, so that the same seed makes the same disk.
    return names.sorted { $0.key < $1.key }.reduce(into: [:]) { found, name in
      var bytes = files[name.value].synced
      if loss != .all {
        for change in files[name.value].changes { apply(change, inPartTo: &bytes, &generator) }
      }
      found[name.key] = bytes
    }
  }

  private func apply(_ change: Change, to bytes: inout [UInt8]) {
    switch change {
    case .written(let offset, let range): write(range, at: offset, to: &bytes)
    case .cut(let length): Self.cut(&bytes, length)
    }
  }

  private func apply(
    _ change: Change, inPartTo bytes: inout [UInt8], _ generator: inout some RandomNumberGenerator
  ) {
    switch (Int.random(in: 0...4, using: &generator), change) {
    case (0...1, _): apply(change, to: &bytes)
    case (2, _), (_, .cut): break
    case (let chance, .written(let offset, let range)):
      // The length of a file may be on the disk before its bytes are.
      if chance == 3, bytes.count < offset + range.count { Self.cut(&bytes, offset + range.count) }
      var start = range.lowerBound
      while start < range.upperBound {
        let place = offset + start - range.lowerBound
        let end = min(range.upperBound, start + Self.sector - place % Self.sector)
        if Bool.random(using: &generator) { write(start..<end, at: place, to: &bytes) }
        start = end
      }
    }
  }

  private func write(_ range: Range<Int>, at offset: Int, to bytes: inout [UInt8]) {
    if bytes.count < offset + range.count { Self.cut(&bytes, offset + range.count) }
    bytes.withUnsafeMutableBytes { target in
      record.bytes.withUnsafeBytes { source in
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<(offset + range.count)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
      }
    }
  }

  private static func cut(_ bytes: inout [UInt8], _ length: Int) {
    if length < bytes.count {
      bytes.removeLast(bytes.count - length)
    } else {
      bytes += [UInt8](repeating: 0, count: length - bytes.count)
    }
  }

  private static func apply(_ change: NameChange, to names: inout [String: Int]) {
    switch change {
    case .made(let name, let file): names[name] = file
    case .renamed(let from, let to):
      if let file = names.removeValue(forKey: from) { names[to] = file }
    case .unlinked(let name): names[name] = nil
    }
  }
}
