import Sessions
import Testing

@Suite("Stores: images") struct ImageContractTests {
  @Test(arguments: TestedStore.all)
  func anImageIsThereAsItWasPut(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putSession(.sample(.other)))
    var second = StoredImage.sample(2)
    second.mediaType = .webP
    try store.writeTwice(.putImage(.sample(1), in: .sample), .putImage(second, in: .sample))
    try store.write(.putImage(.sample(3, count: 0), in: .other))
    try store.reopen()
    let digests: [ImageDigest] = [.sample(1), .sample(2), .sample(3)]
    #expect(try store.reader.images(of: .sample, digests) == [.sample(1), second])
    #expect(try store.reader.images(of: .sample, [.sample(2), .sample(1)]) == [second, .sample(1)])
    #expect(try store.reader.images(of: .other, digests) == [.sample(3, count: 0)])
    #expect(try store.reader.images(of: .sample, []) == [])
    #expect(try Set(store.reader.imageDigests(of: .sample)) == [.sample(1), .sample(2)])
    #expect(try store.reader.imageDigests(of: StoreKey(stored: "none")) == [])
  }

  @Test(arguments: TestedStore.all)
  func oneThatIsThereStays(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putImage(.sample(1), in: .sample))
    var other = StoredImage.sample(1, count: 3)
    other.mediaType = .jpeg
    try store.write(.putImage(other, in: .sample))
    #expect(try store.reader.images(of: .sample, [.sample(1)]) == [.sample(1)])
  }

  @Test(arguments: TestedStore.all)
  func allButSomeAreDropped(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    try store.write(.putSession(.sample()), .putSession(.sample(.other)), .putImage(.sample(1), in: .other))
    try store.write((1...4).map { .putImage(.sample($0), in: .sample) })
    try store.writeTwice(.dropImages(in: .sample, except: [.sample(2), .sample(4), .sample(9)]))
    #expect(try Set(store.reader.imageDigests(of: .sample)) == [.sample(2), .sample(4)])
    try store.writeTwice(.dropImages(in: .sample, except: []))
    #expect(try store.reader.imageDigests(of: .sample).isEmpty)
    #expect(try store.reader.imageDigests(of: .other) == [.sample(1)])
  }

  /// As large as a request's body may be.
  @Test(arguments: TestedStore.all)
  func aLargeOne(_ kind: TestedStore) throws {
    let store = try OpenStore(kind)
    let image = StoredImage.sample(1, count: 32 << 20)
    try store.write(.putSession(.sample()), .putImage(image, in: .sample))
    let found = try store.reader.images(of: .sample, [.sample(1)])
    // Not by an expectation: it would write both out.
    #expect(found.count == 1 && found[0].bytes.elementsEqual(image.bytes))
  }
}
