import Access
import GatewayTesting
import Testing

@testable import Sessions

/// Images come back from each kind of store, with whichever turn they came.
@Suite("Stores: images of turns") struct TurnImageTests {
  private static func image(_ number: UInt8) -> SessionImage {
    let stored = StoredImage.sample(number)
    return SessionImage(stored.bytes, digest: stored.digest, mediaType: stored.mediaType, hold: nil)
  }

  @Test(arguments: TestedStore.all)
  func ofAnyTurn(_ kind: TestedStore) async throws {
    let kept = try KeptRegistry(kind)
    let session = try #require(SessionID("s"))
    // Two that are there before anything is said, of which the first message names one.
    for number in 1...2 {
      try await kept.registry.addImage(Self.image(UInt8(number)), to: session, as: .loopback)
    }
    try await kept.talk("s", images: [.known(.sample(1))])
    try await kept.talk("s")
    // Of a later turn, and one that comes again.
    try await kept.talk("s", images: [.given(Self.image(3)), .given(Self.image(1))])
    // Beside the turns.
    try await kept.registry.addImage(Self.image(4), to: session, as: .loopback)
    try await kept.restart()
    for number in 1...4 {
      let found = try await kept.registry.image(.sample(UInt8(number)), of: session, as: .loopback)
      #expect(found?.bytes == StoredImage.sample(UInt8(number)).bytes, "\(number)")
    }
    // And of a turn of the next process.
    let turn = try await kept.talk("s", images: [.given(Self.image(5)), .known(.sample(4))])
    #expect(turn.images[turn.message.number]?.map(\.digest) == [.sample(5), .sample(4)])
    try await kept.restart()
    let page = try #require(try await kept.registry.history(of: session, as: .loopback, limit: 20))
    #expect(page.messages.map(\.images.count) == [1, 0, 0, 0, 2, 0, 2, 0])
    let last = try await kept.talk("s", "And now?")
    #expect(last.images.values.flatMap { $0 }.map(\.digest).count == 5)
    await kept.close()
  }
}
