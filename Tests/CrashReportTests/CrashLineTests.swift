import Testing

@testable import CrashReport

@Suite struct CrashLineTests {
  private let program = LoadedModule(
    name: "program".copiedForEver, base: 0x1000, end: 0x2000, buildID: "\u{1}z".copiedForEver)
  private let library = LoadedModule(name: "lib.so.6".copiedForEver, base: 0x8000, end: 0x9000, buildID: nil)

  private func text(_ line: CrashLine) -> String { String(decoding: line.bytes, as: UTF8.self) }

  @Test func hasSignalBuildAndAddresses() {
    var line = CrashLine(start: "crashed: ", version: "1.0", modules: [program, library])
    line.begin("SIGBUS")
    let addresses: [UInt] = [0x1000, 0x1FFF, 0x2000, 0x8ABC, 0, .max]
    let hasRoom = addresses.map { line.note($0) }
    #expect(!hasRoom.contains(false))
    line.end()
    #expect(
      text(line)
        == "crashed: SIGBUS version=1.0 build_id=017a addresses=program+0x0,program+0xfff,?,lib.so.6+0xabc,?,?\n"
    )
  }

  @Test func knowsNoMoreThanItsModules() {
    let line = CrashLine(start: "", version: "", modules: [program])
    #expect([0xFFF, 0x1000, 0x1FFF, 0x2000].map { line.knows($0) } == [false, true, true, false])
    #expect(!CrashLine(start: "", version: "", modules: []).knows(0))
  }

  @Test func takesSoManyAddressesAndNoMoreThanItHasRoomFor() {
    var line = CrashLine(start: "", version: "", modules: [program])
    line.begin("SIGSEGV")
    let taken = (1...).prefix { _ in line.note(0x1234) }.count + 1
    #expect(taken == CrashLine.addressLimit)
    for _ in 0..<1000 { _ = line.note(0x1234) }
    #expect(line.bytes.count == 1024)
  }
}

@Suite struct LoadedModuleTests {
  @Test func knowsTheProcess() throws {
    let modules = LoadedModule.all(program: "me")
    let first = try #require(modules.first)
    #expect(first.name.elementsEqual("me".utf8))
    #expect(first.buildID?.count == 20)
    let ownCode = unsafeBitCast({ () in } as @convention(c) () -> Void, to: UInt.self)
    #expect(first.contains(ownCode))
    #expect(modules.filter { $0.contains(ownCode) }.count == 1)
    #expect(modules.contains { $0.name.elementsEqual("libc.so.6".utf8) })
  }

  private func note(_ type: UInt8, _ name: String, _ descriptor: [UInt8]) -> [UInt8] {
    let padding = { (count: Int) in [UInt8](repeating: 0, count: (4 - count % 4) % 4) }
    return [UInt8(name.utf8.count), 0, 0, 0, UInt8(descriptor.count), 0, 0, 0, type, 0, 0, 0] + name.utf8
      + padding(name.utf8.count) + descriptor + padding(descriptor.count)
  }

  private func buildID(_ notes: [UInt8]) -> [UInt8]? {
    notes.withUnsafeBytes { LoadedModule.buildID(inNotes: $0).map(Array.init) }
  }

  @Test func findsTheBuildIDAmongNotes() {
    let other = note(1, "stapsdt\0", [9, 9, 9])
    #expect(buildID(other + note(3, "GNU\0", [1, 2, 3, 4, 5])) == [1, 2, 3, 4, 5])
    #expect(buildID(note(3, "Go\0", [1]) + note(1, "GNU\0", [2])) == nil)
    #expect(buildID([]) == nil)
  }

  @Test func staysWithinBrokenNotes() {
    let whole = note(3, "GNU\0", [1, 2, 3, 4])
    for length in 0..<whole.count { #expect(buildID(Array(whole.prefix(length))) == nil) }
    #expect(buildID([255, 255, 255, 255, 255, 255, 255, 255, 3, 0, 0, 0] + whole) == nil)
  }
}
