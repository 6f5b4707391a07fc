/// What has been found out of a server.
package enum FleetObservation: Sendable {
  /// It responded to ``FleetQuestion/version``.
  case version(String)
  /// To ``FleetQuestion/loaded``: all models that it has in memory.
  case loaded([FleetLoadedModel])
  /// To ``FleetQuestion/models``: all models that it has.
  case models([FleetListedModel])
  /// It did not respond to a question, or with nonsense.
  ///
  /// - Parameter bytesCameMeanwhile: whether bytes of other responses came since it was asked. The scheduler knows of heads, first
  ///   bytes of content and ends by itself; who sees tokens come may say so.
  case failed(FleetQuestion, bytesCameMeanwhile: Bool)
  /// It does not take the operator's credentials, which is no response to the question either.
  case credentialsRefused(FleetQuestion)
  /// A load that ``FleetAction/load(_:)`` asked for is over.
  ///
  /// - Parameter error: nil where the model is loaded.
  case loadEnded(FleetLoadID, error: FleetFailure?)
}

/// What a server can be asked.
package enum FleetQuestion: Sendable, Equatable, CaseIterable {
  /// `/api/version`, within ``FleetPolicy/versionTimeout``: whether it lives.
  case version
  /// `/api/ps`, within ``FleetPolicy/loadedTimeout``.
  case loaded
  /// `/api/tags`, within ``FleetPolicy/modelsTimeout``.
  case models
}

/// A line of `/api/ps`.
package struct FleetLoadedModel: Sendable, Equatable {
  /// Canonical.
  package var name: String
  package var digest: String
  /// Nil from versions that do not say it.
  package var contextLength: Int?
  /// In bytes.
  package var size: Int
  /// In bytes; 0 without a GPU.
  package var sizeInVRAM: Int
  /// How long it stays if nobody uses it; nil where that is not told or makes no sense.
  package var expiresIn: Duration?
  /// Whether it stays until somebody says otherwise; nil where the server does not tell.
  package var isKept: Bool?

  package init(
    name: String, digest: String, contextLength: Int? = nil, size: Int = 0, sizeInVRAM: Int = 0,
    expiresIn: Duration? = nil, isKept: Bool? = nil
  ) {
    self.name = name
    self.digest = digest
    self.contextLength = contextLength
    self.size = size
    self.sizeInVRAM = sizeInVRAM
    self.expiresIn = expiresIn
    self.isKept = isKept
  }
}

/// A line of `/api/tags`.
package struct FleetListedModel: Sendable, Equatable {
  /// Canonical.
  package var name: String
  package var digest: String
  /// In bytes.
  package var size: Int
  /// Whether it runs elsewhere (a cloud model): no load, no slots.
  package var isRemote: Bool

  package init(name: String, digest: String, size: Int = 0, isRemote: Bool = false) {
    self.name = name
    self.digest = digest
    self.size = size
    self.isRemote = isRemote
  }
}
