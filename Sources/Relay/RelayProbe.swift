internal import Access
internal import Fleet
internal import Handling
internal import JSON
internal import OllamaAPI

/// What the relay reads of a JSON request, as Ollama would read it. No value: on its way it would be copied again and again.
final class RelayProbe {
  /// For the log; at most 600 bytes.
  var model: String?
  /// Whether the response comes as a stream of small pieces, as far as the request tells.
  var stream = true
  /// Whether the account pays that Ollama is signed in with, as far as the request tells: by its model's name, or as it lets
  /// the web be searched.
  var namesCloudModel = false
  var searchesWeb = false
  /// Whether ``model`` is unloaded when it has responded.
  var unloads = false
  /// Whether the request says that it wants one.
  var asksForStream = false
  /// What tells which server should serve it, and where its model's name stands.
  var placement: PlacementSigns?
  /// The beginnings of its prompt, where that tells it from others.
  var prompt: PromptChain?
  var modelPlaces: [Range<Int>] = []
  /// Every model that the body names, where somebody may not use all.
  var names: [String] = []
  /// Whether it names more than is known.
  var namesAnything = false

  /// Of a body that is missing: Ollama has its own words for that.
  init() {}

  // Inlined: for a call all of what was read would be copied.
  @inline(__always)
  init(_ read: borrowing RequestProbe) {
    model = read.model
    stream = read.stream ?? true
    namesCloudModel = read.namesCloudModel
    searchesWeb = read.searchesWeb
    unloads = read.keepAliveIsZero
    asksForStream = read.stream == true
    placement = read.placement
    modelPlaces = read.modelPlaces
    names = read.names
    namesAnything = read.namesAnything
  }

  /// Gives the request another model, in each place where its body names one.
  ///
  /// - Throws: 400 where the body names a model in more places than are known.
  func replaceModel(in body: inout [UInt8], with model: String) throws(RequestFailure) {
    guard modelPlaces.count < RequestProbe.maximumModelPlaces else {
      throw RequestFailure(400, "the request names its model more than once")
    }
    var writer = JSONWriter()
    writer.string(model)
    let name = writer.take()
    body = body.replacing(modelPlaces, with: name)
    placement?.bodyChanged(at: modelPlaces, to: name.count)
    self.model = model
    namesCloudModel = ModelName.isOfCloud(model)
    names = [model]
    modelPlaces = []
  }

  /// Bytes of a body that are read in one slice of the loop's time. Of a hostile one a byte takes up to 15 ns.
  static let slice = 16 * 1024

  /// Whether the caller may unload a model.
  enum UnloadingLeave {
    case granted
    /// Callers without a key may not, by the settings.
    case refusedToAll
    /// His key has not the scope, whatever the settings are.
    case outOfScope

    init(_ scopes: Scopes, hasGrant: Bool) {
      self = scopes.contains(.modelsManage) ? .granted : hasGrant ? .outOfScope : .refusedToAll
    }

    func require() throws(RequestFailure) {
      switch self {
      case .granted: return
      case .refusedToAll:
        throw RequestFailure(
          403, "keep_alive 0 unloads the model; start the gateway with --allow-model-management to let it.")
      case .outOfScope: throw .outOfScope(.modelsManage)
      }
    }
  }

  /// Reads a body slice by slice.
  final class Reading {
    let unloading: UnloadingLeave
    private var reader: RequestProbeReader

    init(_ interests: RequestProbe.Interests = [], of kind: StreamKind? = nil, unloading: UnloadingLeave) {
      self.unloading = unloading
      reader = RequestProbeReader(interests, of: kind)
    }

    /// Reads the next ``slice`` of the body, which is the same each time.
    ///
    /// - Returns: what was read, once that is all.
    /// - Throws: 400 for what is not a JSON object, 403 for a request that unloads a model.
    func next(_ body: [UInt8]) throws(RequestFailure) -> RelayProbe? {
      guard !body.isEmpty else { return RelayProbe() }
      guard try read(body) else { return nil }
      if reader.probe.keepAliveIsZero { try unloading.require() }
      return RelayProbe(reader.probe)
    }

    private func read(_ body: [UInt8]) throws(RequestFailure) -> Bool {
      let limit = reader.position + RelayProbe.slice
      do throws(RequestProbeError) {
        // With a closure that throws, `withUnsafeBytes` looks its types up at run time.
        return try body.withUnsafeBytes { bytes in
          Result { () throws(RequestProbeError) in try reader.read(bytes, upTo: limit) }
        }.get()
      } catch {
        throw RequestFailure(400, error.description)
      }
    }
  }
}
