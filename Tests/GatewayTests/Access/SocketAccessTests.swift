import Access
import Configuration
import GatewayTesting
import System
import Testing

@testable import Gateway
@testable import Handling
@testable import Upstreams

/// Keys that end, and what goes on by them.
@Suite(.serialized) struct SocketAccessTests {
  enum End: CaseIterable, Sendable {
    case deleted, disabled, scope, user, userDisabled, userDeleted

    /// The key that this ends.
    var key: TestKey {
      switch self {
      case .deleted, .disabled, .scope, .user: TestKey()
      case .userDisabled, .userDeleted: TestKey { $0.user = UserName("ann") }
      }
    }

    func apply(to key: TestKey, _ other: TestKey, at gateway: RunningGateway) {
      var changed = key
      switch self {
      case .deleted: return gateway.use(other)
      case .disabled: changed.record.isDisabled = true
      case .scope: changed.record.scopes = .inference
      case .user: changed.record.user = UserName("ann")
      case .userDisabled:
        return gateway.use([key, other]) { user in
          var user = user
          user.isDisabled = true
          return user
        }
      case .userDeleted: return gateway.use([key, other]) { _ in nil }
      }
      gateway.use(changed, other)
    }
  }

  @Test(arguments: End.allCases)
  func aKeyThatEndsClosesItsSockets(_ end: End) async throws {
    try await withGateway { gateway, _ in
      let (key, other) = (end.key, TestKey())
      gateway.use(key, other)
      let socket = try await ChatWebSocket(gateway, headers: key.headers)
      let stays = try await ChatWebSocket(gateway, headers: other.headers)
      end.apply(to: key, other, at: gateway)
      let close = try await socket.receiveClose()
      #expect(close.code == 1008 && !close.reason.isEmpty)
      await stays.say("ping")
      _ = try await stays.take("pong")
    }
  }

  @Test func aKeyThatExpiresClosesItsSockets() async throws {
    try await withGateway { gateway, _ in
      var key = TestKey()
      gateway.use(key)
      let socket = try await ChatWebSocket(gateway, headers: key.headers)
      // Only now, as the handshake may take its time.
      key.record.expiresAt = Timestamp.now.adding(.milliseconds(300))
      gateway.use(key)
      let close = try await socket.receiveClose()
      #expect(close.code == 1008 && close.reason == "API key expired")
    }
  }

  @Test("Rotated without a grace, and with one that ends", arguments: [Duration.zero, .milliseconds(700)])
  func aSecretThatIsRotatedAwayClosesItsSockets(_ grace: Duration) async throws {
    try await withGateway { gateway, _ in
      let key = TestKey()
      gateway.use(key)
      let socket = try await ChatWebSocket(gateway, headers: key.headers)
      var rotated = key
      let new = KeyText(id: key.text.id)
      rotated.record.secret = new.secret
      if grace > .zero {
        rotated.record.earlier = KeyRecord.EarlierSecret(
          secret: key.text.secret, validUntil: Timestamp.now.adding(grace))
      }
      gateway.use(rotated)
      let stays = try await ChatWebSocket(gateway, headers: ["Authorization": "Bearer \(new.text)"])
      let close = try await socket.receiveClose()
      #expect(close.code == 1008 && close.reason == "API key invalid")
      await stays.say("ping")
      _ = try await stays.take("pong")
    }
  }

  @Test func whoCameBeforeTheFirstKeyNeedsOneThen() async throws {
    try await withGateway({ $0.trustTheTest() }) { gateway, _ in
      let socket = try await Caller(gateway, at: "203.0.113.1").socket()
      gateway.use(TestKey())
      let close = try await socket.receiveClose()
      #expect(close.code == 1008 && close.reason == "API key required")
    }
  }

  /// Rights that a key gets meanwhile hold from the next message on.
  @Test func messagesHaveRules() async throws {
    try await withGateway { gateway, _ in
      var key = TestKey(.chat)
      gateway.use(key)
      let socket = try await ChatWebSocket(gateway, headers: key.headers)
      let metrics = #""command":"get_metrics""#
      await socket.say("command", metrics)
      #expect(try await socket.take("error")["code"] == "forbidden")
      key.record.scopes = [.chat, .metrics]
      gateway.use(key)
      await socket.say("command", metrics)
      #expect(try await socket.take("command_response")["status"] == "success")
    }
  }
}
