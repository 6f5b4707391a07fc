import ChatClient
import Configuration

/// What the program is asked to do, and by which settings.
enum GatewayTask: Sendable {
  /// By this configuration, which is read again from these sources on SIGHUP.
  case serve(EffectiveConfiguration, ConfigurationSources)
  case check(EffectiveConfiguration)
  case health(Configuration)
  case chat(ChatSettings)

  var isServing: Bool { if case .serve = self { true } else { false } }
}
