internal import Bytes
internal import EventLoop
internal import Fleet
internal import Handling
internal import HTTPClient
internal import HTTPServer
internal import OllamaAPI
internal import Upstreams

// Bodies that may be forms, and the models that these name.
extension Relay {
  /// Starts with a body that is not read, but where it is a form that names a model and the model matters.
  func start(opaque body: [UInt8]) {
    checkForm(of: body) { self.start(.bytes($0), at: $1) }
  }

  /// Starts with a body that may be of JSON or a form, and perhaps can be read as either.
  func start(unknown body: [UInt8], _ reading: RelayProbe.Reading) {
    checkForm(of: body) { body, _ in self.start(json: body, reading) }
  }

  /// Goes on with a body that it has looked at, and the servers that it may go to; nil for all.
  private typealias FormCompletion = (_ body: [UInt8], _ servers: [FleetServerID]?) -> Void

  /// Goes on if the body is no form, or names no model that may not be used. A name that stands for another is replaced.
  private func checkForm(of body: [UInt8], then goOn: @escaping FormCompletion) {
    guard modelSources != nil || aliases != nil || upstreams.servers.ids.count > 1 else {
      return goOn(body, nil)
    }
    guard
      let form = FormModels(
        contentType: request.exchange.request.first("content-type") ?? "",
        query: request.exchange.request.query.map(String.init) ?? "")
    else {
      // What it has to do with nobody knows.
      return grant != nil && !body.isEmpty && !isJSON(body)
        ? request.fail(.forAllModelsOnly) : goOn(body, nil)
    }
    guard loop.takesAtOnce(bytes: body.count) else {
      return loop.share { self.check(form, of: body, then: goOn) }
    }
    check(form, of: body, then: goOn)
  }

  /// Bytes of a form that are looked at in one slice of the loop's time. Of a hostile one a byte takes up to 20 ns.
  private static let formSlice = 16 * 1024

  private func check(_ form: FormModels, of body: [UInt8], then goOn: @escaping FormCompletion) {
    guard !request.exchange.hasEnded, !request.exchange.hasResponse else { return }
    var form = form
    guard body.withUnsafeBytes({ form.read($0, upTo: form.position + Relay.formSlice) }) else {
      let rest = form
      return loop.share { self.check(rest, of: body, then: goOn) }
    }
    // Where any model may be used nobody is refused.
    guard modelSources != nil || !form.isOverfull else { return goOn(body, nil) }
    if form.isOverfull {
      return request.fail(
        RequestFailure(400, "The form may be read in two ways as to the model that it names."))
    }
    if looksForCloud && form.namesCloudModel { return request.fail(.cloudModel) }
    var body = body
    let names = settleModel(of: form, in: &body)
    if grant != nil && names.isEmpty && !body.isEmpty && !isJSON(body) {
      return request.fail(.forAllModelsOnly)
    }
    checkModels(names) { goOn(body, $0) }
  }

  /// Goes by the model that a form names, if it is one.
  ///
  /// - Returns: the models that it names then.
  private func settleModel(of form: FormModels, in body: inout [UInt8]) -> [String] {
    guard form.names.count == 1, let written = form.names.first else { return form.names }
    let name = String(Substring(written.utf8[...].trimmed { ASCII.isWhiteSpace($0) }))
    guard (1...ModelName.maximumBytes).contains(name.utf8.count) else { return form.names }
    model = name
    guard form.arePlacesAll, let aliased = aliases?.model(for: name) else { return form.names }
    // No letter of a model's name is escaped in a form.
    body = body.replacing(form.places, with: Array(aliased.utf8))
    (model, request.model) = (aliased, aliased)
    return [aliased]
  }

  /// Whether it is read as JSON next.
  private func isJSON(_ body: [UInt8]) -> Bool {
    if case .unknown = route.body { RelayEndpoints.beginsWithBrace(body) } else { false }
  }
}
