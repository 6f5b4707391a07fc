package import Access
package import Fleet
internal import OllamaAPI

// Which models the holder of a key may use.
extension Grant {
  /// Whether it may use a model, by this name alone.
  ///
  /// - Parameter name: as Ollama gets it, aliases resolved: of a name that Ollama may read in two ways both must be allowed.
  package func allows(named name: String, _ namesakes: Namesakes? = nil) -> Bool {
    guard restrictsModels else { return true }
    // With a digest a name means another model than the one that has it.
    guard !name.utf8.contains(UInt8(ascii: "@")), let names = ModelName.canonicalNames(of: name) else {
      return false
    }
    return names.allSatisfy { allows($0, alsoKnownAs: namesakes?.of($0) ?? []) }
  }
}

extension ModelSources {
  /// Finds out whether a caller may use models, and, where those of the cloud may not be used, whether they are any.
  ///
  /// - Parameters:
  ///   - names: as Ollama gets them, aliases resolved.
  ///   - grant: nil for a caller without a key, whom no rule of models holds.
  ///   - looksForCloud: whether models of the cloud may not be used.
  ///   - then: is called once, perhaps at once, with the servers that it may go to; nil for all.
  package func check(
    _ names: [String], for grant: Grant?, looksForCloud: Bool,
    then: @escaping (Result<[FleetServerID]?, ModelRefusal>) -> Void
  ) {
    guard let grant, grant.restrictsModels else {
      return looksForCloud ? checkCloud(names[...], then: then) : then(.success(nil))
    }
    // First of all, as it says nothing of which models there are.
    if let closed = names.first(where: { !grant.allows(named: $0) }) {
      return then(.failure(.notAllowed(closed)))
    }
    guard grant.looksAtOtherNames else {
      return looksForCloud ? checkCloud(names[...], then: then) : then(.success(nil))
    }
    namesakes(of: names) { [self] found in
      switch found {
      case .failure(let refusal): then(.failure(refusal))
      case .success(let (namesakes, servers)):
        if let closed = names.first(where: { !grant.allows(named: $0, namesakes) }) {
          return then(.failure(.notAllowed(closed)))
        }
        looksForCloud ? checkCloud(names[...], then: then) : then(.success(servers))
      }
    }
  }

  private func checkCloud(
    _ names: ArraySlice<String>, at servers: [FleetServerID]? = nil,
    then: @escaping (Result<[FleetServerID]?, ModelRefusal>) -> Void
  ) {
    guard let name = names.first else { return then(.success(servers)) }
    check(name) { [self] outcome in
      switch outcome {
      case .success(let servers): checkCloud(names.dropFirst(), at: servers, then: then)
      case .failure(let refusal): then(.failure(refusal))
      }
    }
  }

  /// Finds out which models a caller may see.
  ///
  /// - Parameter then: is called once, perhaps at once.
  package func visibility(
    for grant: Grant, then: @escaping (Result<ModelVisibility, ModelRefusal>) -> Void
  ) {
    guard grant.looksAtOtherNames else { return then(.success(ModelVisibility(grant, nil))) }
    namesakes(of: []) { found in then(found.map { ModelVisibility(grant, $0.namesakes) }) }
  }

  /// Those of some models that a caller may see.
  ///
  /// - Parameter name: what a model is called, aliases resolved.
  package func visible<Model>(
    _ models: [Model], to grant: Grant?, by name: (Model) -> String
  ) async throws(ModelRefusal) -> [Model] {
    guard let grant, grant.restrictsModels else { return models }
    let found = await withCheckedContinuation { continuation in
      visibility(for: grant) { continuation.resume(returning: $0) }
    }
    let seen = try found.get()
    return models.filter { seen.shows(name($0)) }
  }
}
