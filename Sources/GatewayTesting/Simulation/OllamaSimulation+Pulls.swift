public import System

extension OllamaSimulation {
  /// A model on its way.
  struct Pull: Sendable {
    let id: Int
    let name: String
    /// The lines that went out.
    var step = 0
    var due: MonotonicTime
    let error: String?
  }

  /// Begins a pull, whose lines come one after the other.
  public mutating func pull(_ id: Int, _ name: String, at now: MonotonicTime) -> [Effect] {
    run(to: now)
    pulls.append(Pull(id: id, name: name, due: clock, error: pullError))
    run(to: now)
    return takeEffects()
  }

  /// The progress of a layer is told so many times.
  private static let stepsPerLayer = 4

  mutating func stepPull(_ index: Int) {
    let pull = pulls[index]
    pulls[index].step += 1
    pulls[index].due = clock + settings.pullStepTime
    let progress = pull.step - 1
    let layers = max(1, settings.pullLayers)
    if pull.step == 0 { return tell(pull, "pulling manifest") }
    if let error = pull.error, progress >= Self.stepsPerLayer {
      pulls.remove(at: index)
      effects.append(.pullLine(pull.id, OllamaWire.error(error)))
      return effects.append(.pullEnded(pull.id, error: error))
    }
    if progress < layers * Self.stepsPerLayer { return tellLayer(pull, progress) }
    switch progress - layers * Self.stepsPerLayer {
    case 0: tell(pull, "verifying sha256 digest")
    case 1: tell(pull, "writing manifest")
    default:
      pulls.remove(at: index)
      if model(named: pull.name) == nil { models.append(SimulatedModel(pull.name)) }
      tell(pull, "success")
      effects.append(.pullEnded(pull.id, error: nil))
    }
  }

  private mutating func tell(_ pull: Pull, _ status: String) {
    effects.append(.pullLine(pull.id, #"{"status":"\#(status)"}"#))
  }

  private mutating func tellLayer(_ pull: Pull, _ progress: Int) {
    let (layer, step) = progress.quotientAndRemainder(dividingBy: Self.stepsPerLayer)
    let digest = SimulatedModel.digest(of: "\(SimulatedModel.canonical(pull.name)) \(layer)")
    let completed = settings.pullLayerSize * step / (Self.stepsPerLayer - 1)
    // Ollama leaves `completed` out while it is 0.
    let member = completed == 0 ? "" : #","completed":\#(completed)"#
    effects.append(
      .pullLine(
        pull.id,
        #"{"status":"pulling \#(digest.prefix(12))","digest":"sha256:\#(digest)","total":\#(settings.pullLayerSize)\#(member)}"#
      ))
  }
}
