import Configuration
import Sessions

@testable import Handling

extension SessionRegistry {
  /// With the bounds of a gateway that nobody has configured.
  init() { self.init(limits: SessionLimits(Configuration(cores: 1), Intervals())) }
}
