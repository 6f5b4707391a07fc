import ChatClient
import Configuration

/// What the program is asked to do, and by which settings.
enum GatewayTask: Sendable {
  case serve(EffectiveConfiguration)
  case check(EffectiveConfiguration)
  case chat(ChatSettings)

  var isServing: Bool { if case .serve = self { true } else { false } }
}
