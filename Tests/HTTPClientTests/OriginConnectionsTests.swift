import Testing

@testable import HTTPClient

/// Which of a multi handle's connections wait for a request to a server.
@Suite struct OriginConnectionsTests {
  private let one = ServerOrigin("http://a:1")
  private let other = ServerOrigin("http://a:2")

  @Test func thoseToAnotherServerAreNotCounted() {
    var connections = OriginConnections()
    connections.addConnection(to: one)
    #expect(connections.hasIdle(to: ServerOrigin("http://a:1")) && !connections.hasIdle(to: other))
    connections.addTransfer(to: one)
    #expect(!connections.hasIdle(to: one))
    connections.removeTransfer(to: one)
    connections.addTransfer(to: other)
    #expect(connections.hasIdle(to: one))
    connections.removeConnection(to: one)
    #expect(!connections.hasIdle(to: one))
  }

  @Test func theTableHoldsOnlyServersThatHaveSomething() {
    var connections = OriginConnections()
    for number in 0..<100 { connections.addTransfer(to: ServerOrigin("http://a:\(number)")) }
    #expect(connections.originCount == 100)
    for number in 0..<100 { connections.removeTransfer(to: ServerOrigin("http://a:\(number)")) }
    #expect(connections.originCount == 0)
    // Of one that it does not know.
    connections.removeConnection(to: one)
    #expect(connections.originCount == 0)
  }
}
