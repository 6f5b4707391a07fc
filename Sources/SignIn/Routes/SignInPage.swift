internal import HTTPFields
internal import HTTPServer

/// What a person reads whose way to the issuer and back has come to nothing: one sentence, and a link.
enum SignInPage {
  /// - Parameters:
  ///   - sentence: what has happened; never anything secret.
  ///   - link: where it leads from there, of the gateway's own, and what it is called.
  static func response(
    status: Int, sentence: String, link: (path: String, name: String), fields: FieldSection
  ) -> ServerResponse {
    let page = """
      <!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">\
      <title>Sign-in</title><p>\(escaped(sentence))</p><p><a href="\(escaped(link.path))">\(escaped(link.name))</a></p></html>

      """
    var fields = fields
    fields.append("Content-Type", "text/html; charset=utf-8")
    fields.append("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    fields.append("X-Content-Type-Options", "nosniff")
    return ServerResponse(status: status, fields: fields, body: .bytes(Array(page.utf8)))
  }

  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
