import Testing

@testable import Discovery

@Suite struct ServerNumbersTests {
  private let a = FoundServer("10.0.0.1")
  private let b = FoundServer("10.0.0.2")
  private let c = FoundServer("10.0.0.3")
  private let d = FoundServer("10.0.0.4")

  @Test func aServerKeepsItsNumber() {
    var numbers = ServerNumbers()
    numbers.use([a, b, c])
    #expect([numbers[a], numbers[b], numbers[c], numbers[d]] == [1, 2, 3, nil])
    numbers.use([b, c])
    #expect([numbers[b], numbers[c]] == [2, 3])
    numbers.use([a, b, c])
    #expect(numbers[a] == 1, "it has come back")
    numbers.use([b, c, d])
    #expect([numbers[b], numbers[c], numbers[d]] == [2, 3, 1], "the new one takes what is free")
    numbers.use([a, b, c, d])
    #expect([numbers[a], numbers[b], numbers[c], numbers[d]] == [4, 2, 3, 1])
  }

  @Test func orderOfServers() {
    let servers = [
      FoundServer("b.x"), FoundServer("a.x", 2), FoundServer("a.x", 1), FoundServer("::1"),
      FoundServer("10.0.0.10"),
      FoundServer("10.0.0.9"),
    ]
    #expect(
      servers.sorted().map(\.url) == [
        "http://10.0.0.9:11434", "http://10.0.0.10:11434", "http://[::1]:11434", "http://a.x:1",
        "http://a.x:2",
        "http://b.x:11434",
      ])
  }
}
