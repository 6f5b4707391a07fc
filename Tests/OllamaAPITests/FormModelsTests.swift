import Testing

@testable import OllamaAPI

@Suite struct FormModelsTests {
  private static func form(_ parts: [(head: String, value: String)], boundary: String = "b") -> String {
    parts.map { "--\(boundary)\r\n\($0.head)\r\n\r\n\($0.value)\r\n" }.joined() + "--\(boundary)--\r\n"
  }

  private func read(
    _ body: String, type: String = "multipart/form-data; boundary=b", query: String = "", slice: Int = .max
  ) throws -> FormModels {
    var form = try #require(FormModels(contentType: type, query: query))
    withBytes(body) { bytes in
      while !form.read(bytes, upTo: form.position + min(slice, 1 << 40)) {}
    }
    return form
  }

  private static let model = "Content-Disposition: form-data; name=\"model\""
  private static let file =
    "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav"

  @Test func findsTheModel() throws {
    let body = Self.form([
      (Self.file, String(repeating: "--a\r\n\r\n", count: 10_000)), (Self.model, "whisper:x"),
    ])
    for slice in [1, 100, .max] {
      let form = try read(body, slice: slice)
      #expect(form.names == ["whisper:x\r\n"] && !form.namesCloudModel && !form.isOverfull)
    }
  }

  @Test func tellsWhereTheNamesStand() throws {
    let body = Self.form([(Self.file, "sound"), (Self.model, "whisper"), (Self.model, "whisper")])
    for slice in [1, 100, .max] {
      let form = try read(body, slice: slice)
      let texts = form.places.map { String(decoding: Array(body.utf8)[$0], as: UTF8.self) }
      #expect(texts == ["whisper", "whisper"] && form.arePlacesAll)
    }
    let pairs = "a=b&model=whisper&c=model"
    let form = try read(pairs, type: "application/x-www-form-urlencoded")
    #expect(form.places.map { String(decoding: Array(pairs.utf8)[$0], as: UTF8.self) } == ["whisper"])
    #expect(try read(body, query: "model=x").arePlacesAll == false)
    let many = Self.form(Array(repeating: (Self.model, "x"), count: 20))
    #expect(try read(many).arePlacesAll == false)
    #expect(try read("--b\r\n\(Self.model)\r\n\r\n--b--").places.isEmpty)
  }

  @Test(arguments: [
    "Content-Disposition: form-data; name=model", "content-disposition:form-data;NAME=\"model\"",
    "X: y\r\nContent-Disposition: form-data; name*=utf-8''mo%64el",
    "Content-Disposition: form-data; name=\"mod\\el\"",
    "Content-Disposition: form-data; name*0=mo; name*1=del",
    "Content-Disposition: form-data; name=\"prompt\"",
  ])
  func aCloudsModelIsFoundInAnyPart(head: String) throws {
    for value in ["m:cloud", " m:20b-CLOUD "] {
      #expect(try read(Self.form([(Self.model, "own"), (head, value)])).namesCloudModel)
      let lines = Self.form([(head, value)]).split(separator: "\r\n", omittingEmptySubsequences: false)
      #expect(try read(lines.joined(separator: "\n")).isOverfull)
      #expect(try read("preamble --b\r\n\(head)\r\n\r\n\(value)--b").namesCloudModel)
    }
    #expect(try !read(Self.form([(head, "m:x")])).namesCloudModel)
  }

  /// Go decodes a value, ends lines of a head in two ways, and ends a value at a line alone.
  @Test(arguments: [
    "--b\r\n\(model)\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nx:clou=64\r\n--b--\r\n",
    "--b\r\ncontent-transfer-ENCODING:Quoted-PRINTABLE\r\n\(model)\r\n\r\nx\r\n--b--\r\n",
    "--b\r\n\(model)\n\r\nx:cloud\r\n--b--\r\n", "--b\r\n\(model)\r\n\nx:cloud\r\n--b--\r\n",
    "--b\n\(model)\r\n\r\nx:cloud\r\n--b--\r\n", "--b\r\nX: y\r\(model)\r\n\r\nx\r\n--b--\r\n",
    "--b\r\n\(model)\n", "--b\r\n\(model)\r\n\r\nm--b:cloud\r\n--b--\r\n",
    "--b\r\n\(model)\r\n\r\nm\r\n--b:cloud\r\n--b--\r\n",
  ])
  func partsThatAreReadInTwoWays(body: String) throws {
    for slice in [1, .max] { #expect(try read(body, slice: slice).isOverfull) }
  }

  /// Clients of some age say that they did nothing to a part.
  @Test(arguments: ["binary", "8bit", "7bit"]) func partsThatAreAsTheyAre(coding: String) throws {
    for (name, isOfCloud) in [("x", false), ("x:cloud", true)] {
      let form = try read(
        "--b\r\nContent-Transfer-Encoding: \(coding)\r\n\(Self.model)\r\n\r\n\(name)\r\n--b--\r\n")
      #expect(!form.isOverfull && form.namesCloudModel == isOfCloud)
    }
  }

  private static let pairs = "application/x-www-form-urlencoded"

  @Test func pairsNameModelsAsWell() throws {
    for body in [
      "model=x:cloud", "a=b&model=m%3Acloud", "mode%6C=+x:clou%64+&b=c", "%6D%6f%64%65%6c=x:cloud",
      "&&=&model=x:cloud&",
      #"{"a":"&model=x:cloud&"}"#, "a=\(String(repeating: "x", count: 5000))&model=x:cloud",
    ] {
      for slice in [1, 7, .max] {
        for type in [Self.pairs, " Application/X-WWW-form-urlencoded ; =x"] {
          #expect(try read(body, type: type, slice: slice).namesCloudModel, "\(body)")
        }
      }
    }
    for slice in [1, .max] {
      let own = try read(
        "xmodel=x:cloud&model=own&model2=x:cloud&model&prompt=x:cloud", type: Self.pairs, slice: slice)
      #expect(own.names == ["own"] && !own.namesCloudModel && !own.isOverfull)
      #expect(try read("", type: Self.pairs, slice: slice).names == [])
    }
    #expect(try read("model=" + String(repeating: "+", count: 5000), type: Self.pairs).isOverfull)
    #expect(try read("", type: Self.pairs, query: "model=x:cloud").namesCloudModel)
  }

  @Test func theQueryIsOfTheForm() throws {
    #expect(try read("", query: "a=b&model=m%3Acloud").namesCloudModel)
    #expect(try read("", query: "mode%6C=own&model=+other").names == ["own", " other"])
    #expect(try read("", query: "x=%zz&=&model&%").names == [""])
  }

  @Test func whatIsNoFormIsNotRead() {
    for type in ["", "application/json", "audio/wav; boundary=b", "text/plain; x=multipart/form-data"] {
      #expect(FormModels(contentType: type, query: "model=m:cloud") == nil)
    }
  }

  @Test(
    "The boundary is read from the media type",
    arguments: [
      ("multipart/form-data; boundary=b", "b"),
      ("MULTIPART/form-data;charset=x; BOUNDARY = \"a b\" ;y=z", "a b"),
      ("multipart/form-data; xboundary=a; boundary=b", "b"),
      ("multipart/form-data; boundary=----Web=Kit", "----Web=Kit"),
    ])
  func boundaries(type: String, boundary: String) {
    #expect(MultipartBoundary(type) == .text(boundary))
  }

  @Test(arguments: [
    "multipart/form-data", "multipart/form-data; boundary", "multipart/form-data; boundary=",
    "multipart/x; boundary=\"",
    "multipart/form-data; boundary=a; boundary=b", "multipart/form-data; boundary*=utf-8''b",
    "multipart/form-data; boundary*0=b", "multipart/form-data; boundary=\"a\\b\"",
    "multipart/form-data; boundary=\"a;b\"", "\u{A0}multipart/form-data; boundary=b",
    "mult\u{130}part/form-data; boundary=b", "multipart/form-data; boundary=b\u{A0}",
    "\u{B}multipart/form-data; boundary=b", "text/plain; x=\u{FC}",
  ])
  func boundariesThatAreUnclear(type: String) throws {
    #expect(MultipartBoundary(type) == .unclear)
    #expect(try read("x", type: type).isOverfull)
  }

  @Test func formsHaveBounds() throws {
    let names = (0..<20).map { (Self.model, "m\($0)") }
    #expect(try read(Self.form(names)).isOverfull)
    #expect(try read(String(repeating: "--b", count: 1001)).isOverfull)
    #expect(try read(Self.form([(Self.model, String(repeating: " ", count: 5000) + "m:cloud")])).isOverfull)
    #expect(
      try read(Self.form([("X: " + String(repeating: "x", count: 5000) + "\r\n" + Self.model, "m")]))
        .isOverfull)
    #expect(try !read(Self.form([(Self.file, String(repeating: " ", count: 5000) + "m:cloud")])).isOverfull)
  }
}
