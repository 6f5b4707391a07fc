internal import CLinux
internal import Glibc

/// A file of which code lies in the process: the program, or a library. Never given back, as a crash may come at any time.
struct LoadedModule {
  /// The name of the file, without its folder.
  let name: UnsafeRawBufferPointer
  /// What its symbols' addresses are relative to.
  let base: UInt
  /// Behind its last byte.
  let end: UInt
  /// The descriptor of the GNU build id, by which debuggers find its symbols; nil where it has none.
  let buildID: UnsafeRawBufferPointer?

  func contains(_ address: UInt) -> Bool { base <= address && address < end }

  /// Those of the process, the program first.
  ///
  /// - Parameter program: what the program is called, however its file is.
  static func all(program: String) -> [LoadedModule] {
    var modules: [LoadedModule] = []
    withUnsafeMutablePointer(to: &modules) { modules in
      clinux_each_module(
        { module, _, modules in
          guard let module = module?.pointee else { return 0 }
          modules?.assumingMemoryBound(to: [LoadedModule].self).pointee.append(LoadedModule(module))
          return 0
        }, modules)
    }
    guard let first = modules.first else { return [] }
    modules[0] = LoadedModule(
      name: program.copiedForEver, base: first.base, end: first.end, buildID: first.buildID)
    return modules
  }

  init(name: UnsafeRawBufferPointer, base: UInt, end: UInt, buildID: UnsafeRawBufferPointer?) {
    self.name = name
    self.base = base
    self.end = end
    self.buildID = buildID
  }

  private init(_ module: clinux_module) {
    let base = UInt(module.base)
    let headers = UnsafeBufferPointer(start: module.headers, count: Int(module.header_count))
    let path = module.name.map { String(cString: $0) } ?? ""
    self.init(
      name: (path.split(separator: "/").last ?? "").copiedForEver, base: base,
      end: headers.filter { $0.p_type == PT_LOAD }.map { base + UInt($0.p_vaddr + $0.p_memsz) }.max() ?? base,
      buildID: headers.lazy.filter { $0.p_type == PT_NOTE }.compactMap { header in
        LoadedModule.buildID(
          inNotes: UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: base + UInt(header.p_vaddr)), count: Int(header.p_memsz)))
      }.first)
  }

  /// Of notes, each of which is the lengths of its name and its descriptor, its type, and these two, padded to four bytes
  /// (elf(5)).
  static func buildID(inNotes notes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var rest = notes[...]
    while rest.count >= 12 {
      let words = UnsafeRawBufferPointer(rebasing: rest.prefix(12))
      let (nameLength, length, type) = (word(words, 0), word(words, 1), word(words, 2))
      let name = rest.dropFirst(12).prefix(nameLength)
      let descriptor = rest.dropFirst(12 + padded(nameLength)).prefix(length)
      guard name.count == nameLength, descriptor.count == length else { return nil }
      if type == NT_GNU_BUILD_ID && name.elementsEqual("GNU\0".utf8) {
        return UnsafeRawBufferPointer(rebasing: descriptor)
      }
      rest = rest.dropFirst(12 + padded(nameLength) + padded(length))
    }
    return nil
  }

  private static func word(_ words: UnsafeRawBufferPointer, _ index: Int) -> Int {
    Int(words.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
  }

  private static func padded(_ length: Int) -> Int { (length + 3) & ~3 }
}

extension StringProtocol {
  /// The text's UTF-8 in memory that is never given back.
  var copiedForEver: UnsafeRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: utf8.count, alignment: 1)
    copy.copyBytes(from: utf8)
    return UnsafeRawBufferPointer(copy)
  }
}
