import Budgets
import Testing

@testable import Sessions

/// Images of sessions, without HTTP.
@Suite struct ImageTests {
  private static func image(_ number: UInt8, bytes: Int = 100, hold: MemoryHold? = nil) -> SessionImage {
    SessionImage(
      [UInt8](repeating: number, count: bytes),
      digest: ImageDigest(bytes: [UInt8](repeating: number, count: 32))!, mediaType: .png, hold: hold)
  }

  private func turn(_ images: [TurnImage], _ more: (inout TurnRequest) -> Void = { _ in }) -> TurnRequest {
    var request = TurnRequest(sessionID: id("s"), message: "m", model: "m")
    request.images = images
    more(&request)
    return request
  }

  @Test func namesOfImages() {
    let digits = String(repeating: "0123456789abcdef", count: 4)
    #expect(ImageDigest("sha256:\(digits)")?.description == "sha256:\(digits)")
    for text in [
      "", "sha256:", "sha256:\(digits)0", "sha256:\(digits.dropLast())", "sha256-\(digits)", digits,
      "sha256:\(digits.uppercased())", "SHA256:\(digits)", "sha256:\(digits.dropLast())g",
      "sha256:\(digits.dropLast(2))\u{e9}",
    ] {
      #expect(ImageDigest(text) == nil, "\(text)")
    }
    #expect(ImageDigest(bytes: Array(0..<32))?.description.hasPrefix("sha256:000102") == true)
    #expect(ImageDigest(bytes: []) == nil)
  }

  @Test func typesByTheFirstBytes() {
    let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    #expect(SessionImage.MediaType(of: png + [1]) == .png)
    #expect(SessionImage.MediaType(of: [0xFF, 0xD8, 0xFF, 0xE0]) == .jpeg)
    #expect(SessionImage.MediaType(of: Array("RIFF....WEBPVP8 ".utf8)) == .webP)
    for text in ["", "RIFF....WAVE", "RIFF....WEB", "GIF89a", "<svg xmlns=", "BM"] {
      #expect(SessionImage.MediaType(of: Array(text.utf8)) == nil, "\(text)")
    }
    for count in 0..<png.count { #expect(SessionImage.MediaType(of: Array(png[..<count])) == nil) }
  }

  @Test func theOldestMakesRoom() async throws {
    var limits = SessionLimits()
    limits.imageBytes = 300
    let registry = SessionRegistry(limits: limits)
    let images = (1...4).map { Self.image($0) }
    for image in images[..<3] { try await registry.addImage(image, to: id("s"), as: .loopback) }
    // Used again, it is not the oldest.
    let used = try await registry.beginTurn(turn([.known(images[0].digest)]))
    await registry.finishTurn(used, .completed)
    try await registry.addImage(images[3], to: id("s"), as: .loopback)
    for (image, isThere) in zip(images, [true, false, true, true]) {
      let found = try await registry.image(image.digest, of: id("s"), as: .loopback)
      #expect((found != nil) == isThere)
    }
    // One that is larger than all of them stands alone.
    try await registry.addImage(Self.image(9, bytes: 1000), to: id("s"), as: .loopback)
    #expect(try await registry.image(images[3].digest, of: id("s"), as: .loopback) == nil)
  }

  @Test func theirNumberHasABound() async throws {
    var limits = SessionLimits()
    limits.images = 3
    let registry = SessionRegistry(limits: limits)
    for number in 1...10 {
      try await registry.addImage(Self.image(UInt8(number)), to: id("s"), as: .loopback)
    }
    for number in 1...10 {
      let found = try await registry.image(Self.image(UInt8(number)).digest, of: id("s"), as: .loopback)
      #expect((found != nil) == (number > 7))
    }
  }

  @Test func whatGoesAlong() async throws {
    let registry = SessionRegistry()
    for number in 1...6 {
      let one = try await registry.beginTurn(turn([.given(Self.image(UInt8(number)))]))
      one.generation.log.append("a")
      await registry.finishTurn(one, .completed)
      // A message without images does not count among the four.
      try await registry.talk(id("s"))
    }
    let along = try await registry.beginTurn(turn([.given(Self.image(7))]))
    #expect(along.images.count == 4)
    let told = (along.context + [along.message]).flatMap { along.images[$0.number] ?? [] }
    #expect(told.map { $0.bytes[0] } == [4, 5, 6, 7])
    #expect(along.message.images == [Self.image(7).digest])
    await registry.finishTurn(along, .failed(code: "x", message: "y"))
    let without = try await registry.beginTurn(turn([]) { $0.includesContext = false })
    #expect(without.images.isEmpty)
    await registry.finishTurn(without, .completed)
    // The failed one is no context, and neither are its images.
    let last = try await registry.beginTurn(turn([]))
    #expect(
      last.context.flatMap { last.images[$0.number] ?? [] }.map { $0.bytes[0] } == [3, 4, 5, 6])
  }

  /// One image named many times is one, over its name and over its bytes.
  @Test("An image that is named twice is one") func namedTwice() async throws {
    let registry = SessionRegistry()
    let (one, other) = (Self.image(1), Self.image(2))
    try await registry.addImage(one, to: id("s"), as: .loopback)
    let begun = try await registry.beginTurn(
      turn([.known(one.digest), .given(other), .given(one), .known(one.digest), .given(Self.image(2))]))
    #expect(begun.images[begun.message.number]?.map(\.digest) == [one.digest, other.digest])
    #expect(begun.message.images == [one.digest, other.digest])
  }

  /// Those of older messages stay behind first; a message's own are refused, whether it names or brings them.
  @Test func whatGoesAlongHasABound() async throws {
    var limits = SessionLimits()
    limits.imageBytes = 300
    let registry = SessionRegistry(limits: limits)
    let images = (1...3).map { Self.image($0) }
    for (sent, told) in [([0, 1], [0, 1]), ([1], [0, 1, 1]), ([1, 2], [1, 1, 2]), ([2], [1, 2, 2])] {
      let begun = try await registry.beginTurn(turn(sent.map { .given(images[$0]) }))
      begun.generation.log.append("a")
      let along = (begun.context + [begun.message]).flatMap { begun.images[$0.number] ?? [] }
      #expect(along.map(\.digest) == told.map { images[$0].digest })
      await registry.finishTurn(begun, .completed)
    }
    await #expect(throws: TurnError.imagesTooLarge(limit: 300)) {
      try await registry.beginTurn(
        turn([
          .known(images[1].digest), .known(images[2].digest), .given(Self.image(4)), .given(Self.image(5)),
        ]))
    }
    #expect(registry.currentCounts.runningTurns == 0)
  }

  @Test func anUnknownOneIsRefused() async throws {
    let registry = SessionRegistry()
    let image = Self.image(1)
    try await registry.addImage(image, to: id("other"), as: .loopback)
    await #expect(throws: TurnError.unknownImage(image.digest)) {
      try await registry.beginTurn(turn([.known(image.digest)]))
    }
    #expect(await registry.history(of: id("s"), limit: 10)?.total == 0)
    #expect(registry.currentCounts.runningTurns == 0)
  }

  /// A turn that waits keeps its images, whatever becomes of the session's.
  @Test func aTurnThatWaitsKeepsThem() async throws {
    let registry = SessionRegistry()
    let image = Self.image(1)
    try await registry.addImage(image, to: id("s"), as: .loopback)
    let first = try await registry.beginTurn(turn([]))
    let waiting = Task { try await registry.beginTurn(turn([.known(image.digest)])) }
    await eventually("it waits") { registry.currentCounts.waitingTurns == 1 }
    _ = await registry.clearHistory(of: id("s"))
    #expect(try await registry.image(image.digest, of: id("s"), as: .loopback) == nil)
    await registry.finishTurn(first, .completed)
    let begun = try await waiting.value
    #expect(begun.images[begun.message.number]?.map(\.digest) == [image.digest])
  }

  /// The message whose turn runs stays, and its images with it.
  @Test func clearingLeavesThoseOfTheMessageWhoseTurnRuns() async throws {
    let registry = SessionRegistry()
    let (old, new) = (Self.image(1), Self.image(2))
    let first = try await registry.beginTurn(turn([.given(old)]))
    await registry.finishTurn(first, .completed)
    let second = try await registry.beginTurn(turn([.given(new)]))
    _ = await registry.clearHistory(of: id("s"))
    #expect(try await registry.image(old.digest, of: id("s"), as: .loopback) == nil)
    #expect(try await registry.image(new.digest, of: id("s"), as: .loopback) != nil)
    await registry.finishTurn(second, .completed)
    _ = await registry.clearHistory(of: id("s"))
    #expect(try await registry.image(new.digest, of: id("s"), as: .loopback) == nil)
  }

  @Test func memoryIsGivenBack() async throws {
    let budget = MemoryBudget(.images, limit: 1000, leastShare: 1000)
    let registry = SessionRegistry()
    func add(_ number: UInt8, _ session: String) async throws {
      let image = Self.image(number, hold: try MemoryHold(100, of: budget, for: nil))
      try await registry.addImage(image, to: id(session), as: .loopback)
    }
    for (number, session) in [(1, "a"), (2, "a"), (3, "b"), (4, "c")] {
      try await add(UInt8(number), session)
    }
    // The same once more is kept once.
    try await add(4, "c")
    #expect(budget.used == 400)
    #expect(await registry.dropOldestImages(of: nil))
    #expect(budget.used == 200, "both of the session that was not used for the longest time")
    for name in ["a", "b", "c"] { #expect(await registry.summary(of: id(name)) != nil, "the sessions stay") }
    _ = await registry.delete(id("b"))
    #expect(budget.used == 100)
    let turn = try await registry.beginTurn(
      TurnRequest(sessionID: id("c"), message: "m", model: "m"))
    #expect(await !registry.dropOldestImages(of: nil), "a busy one keeps them")
    await registry.finishTurn(turn, .completed)
    #expect(await registry.dropOldestImages(of: nil))
    #expect(await !registry.dropOldestImages(of: nil))
  }

  @Test func whoseTheyAre() async throws {
    let registry = SessionRegistry()
    let image = Self.image(1)
    try await registry.addImage(image, to: id("s"), as: .address("192.0.2.1"))
    #expect(try await registry.image(image.digest, of: id("s"), as: .address("192.0.2.1")) != nil)
    #expect(try await registry.image(image.digest, of: id("s"), as: .address("192.0.2.2")) == nil)
  }
}
