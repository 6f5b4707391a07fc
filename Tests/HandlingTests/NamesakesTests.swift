import Testing

@testable import Handling
@testable import OllamaAPI

/// Which names have one model.
@Suite struct NamesakesTests {
  @Test func theyAreThoseOfEachDigest() {
    var namesakes = Namesakes()
    for (name, digest) in [("a", "1"), ("B:x", "1"), ("c", "2"), ("a", "2"), ("d", nil)] {
      namesakes.add(
        TagsResponse.Model(
          name: name, size: 0, modifiedAt: "", isRemote: false, digest: digest, canChat: nil))
    }
    #expect(Set(namesakes.of("a:latest")) == ["b:x", "c:latest"])
    #expect(namesakes.of("b:x") == ["a:latest"])
    #expect(namesakes.of("d:latest").isEmpty && namesakes.of("e:latest").isEmpty)
  }
}
