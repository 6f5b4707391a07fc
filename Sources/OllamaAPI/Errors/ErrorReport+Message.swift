public import JSON

extension ErrorReport {
  /// What Ollama says in an answer that is an error, of `/api` or of `/v1`; nil where that is no JSON, or says nothing.
  public static func message(in answer: UnsafeRawBufferPointer, reader: JSONReader) -> String? {
    let message = try? reader.withDocument(answer) { root in root.present("error")?.errorMessage }
    return message ?? nil
  }
}
