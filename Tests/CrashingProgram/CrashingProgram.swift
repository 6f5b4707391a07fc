import CrashReport
import EventLoop
import Glibc

/// Crashes in the way that its argument names, for the tests of CrashReport.
@main enum CrashingProgram {
  static func main() throws {
    CrashReport.install(version: "1.2.3", isForJournal: CommandLine.arguments.last == "journal")
    let loop = try EventLoop(name: "crashing")
    let kind = CommandLine.arguments[1]
    loop.execute { crash(kind) }
    while true { pause() }
  }
}

private func crash(_ kind: String) {
  switch kind {
  case "segv": touch(UnsafeMutablePointer(bitPattern: 8))
  case "index": print(read([], at: 7))
  case "overflow": print(descend(0))
  case "sum": print(add(.max, 1))
  case "abort": abort()
  case "jump": jump()
  case "raise": raise(SIGFPE)
  // Two at once: one of them speaks.
  case "twice":
    let others = (1...8).compactMap { try? EventLoop(name: "crashing-\($0)") }
    for other in others { other.execute { touch(UnsafeMutablePointer(bitPattern: 8)) } }
    while true { pause() }
  default: exit(64)
  }
}

@inline(never) private func touch(_ pointer: UnsafeMutablePointer<Int>?) { pointer?.pointee = 1 }
@inline(never) private func read(_ list: [Int], at index: Int) -> Int { list[index] }
@inline(never) private func add(_ first: Int, _ second: Int) -> Int { first + second }

/// Uses up the stack.
@inline(never) private func descend(_ depth: Int) -> Int {
  var words = (depth, depth, depth, depth)
  return withUnsafeMutablePointer(to: &words) { descend($0.pointee.0 + 1) + $0.pointee.1 }
}

/// To where there is no code.
private func jump() {
  let nowhere = unsafeBitCast(16, to: (@convention(c) () -> Void).self)
  nowhere()
}
