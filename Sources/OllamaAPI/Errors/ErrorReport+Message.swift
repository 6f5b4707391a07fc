public import JSON

extension ErrorReport {
  /// What Ollama says in a response that is an error, of `/api` or of `/v1`; nil where that is no JSON, or says nothing.
  public static func message(in response: UnsafeRawBufferPointer, reader: JSONReader) -> String? {
    let message = try? reader.withDocument(response) { root in root.present("error")?.errorMessage }
    return message ?? nil
  }
}
