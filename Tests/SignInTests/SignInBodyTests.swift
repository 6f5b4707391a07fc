import Handling
import JSON
import Testing

@testable import SignIn

@Suite("Bodies of sign-in") struct SignInBodyTests {
  private static func read<Value>(
    _ body: String, _ read: (JSONValue) throws(RequestFailure) -> Value
  ) -> Result<Value, RequestFailure> {
    let reader = JSONReader(maximumBytes: 1 << 20)
    do throws(RequestFailure) { return .success(try reader.withDocument(body, read)) } catch {
      return .failure(error)
    }
  }

  private static func failure<Value>(_ result: Result<Value, RequestFailure>) -> String? {
    if case .failure(let failure) = result { "\(failure.status) \(failure.field ?? "-")" } else { nil }
  }

  private static func register(_ body: String) -> Result<Registration, RequestFailure> {
    read(body) { (root) throws(RequestFailure) in try Registration(root) }
  }

  private static func form(_ text: String) -> Result<NameAndPassword, RequestFailure> {
    do throws(RequestFailure) { return .success(try NameAndPassword(form: Array(text.utf8))) } catch {
      return .failure(error)
    }
  }

  @Test func registration() throws {
    let body = """
      {"email":"ann@example.org","username":"ann","password":"Secret-123","full_name":null,"is_superuser":true,"id":7}
      """
    let new = try Self.register(body).get()
    #expect(new.email == "ann@example.org")
    #expect(new.username == "ann")
    #expect(new.password == "Secret-123")
    #expect(new.fullName == nil)
  }

  @Test(arguments: [
    ("[]", "422 -"), ("{}", "422 email"), (#"{"email":1}"#, "422 email"),
    (#"{"email":"ann"}"#, "422 email"), (#"{"email":"a@b"}"#, "422 email"),
    (#"{"email":"a b@c.de"}"#, "422 email"), (#"{"email":"a@b@c.de"}"#, "422 email"),
    (#"{"email":"a@b..de"}"#, "422 email"), (#"{"email":"a@b.de"}"#, "422 username"),
    (#"{"email":"a@b.de","username":"ab"}"#, "422 username"),
    (#"{"email":"a@b.de","username":"ann"}"#, "422 password"),
    (#"{"email":"a@b.de","username":"ann","password":"Short-1"}"#, "422 password"),
    (#"{"email":"a@b.de","username":"ann","password":12345678}"#, "422 password"),
    (#"{"email":"a@b.de","username":"ann","password":"12345678","full_name":5}"#, "422 full_name"),
  ]) func whatIsNoRegistration(_ body: String, _ failure: String) {
    #expect(Self.failure(Self.register(body)) == failure)
  }

  @Test func lengthsHaveBounds() {
    let long = String(repeating: "x", count: 101)
    #expect(
      Self.failure(Self.register(#"{"email":"a@b.de","username":"\#(long)","password":"12345678"}"#))
        == "422 username")
    #expect(
      Self.failure(Self.register(#"{"email":"a@b.de","username":"ann","password":"\#(long)"}"#))
        == "422 password")
  }

  @Test func theForm() throws {
    let read = try Self.form(
      "grant_type=password&username=ann%40example.org&password=a%26b+c&scope=&client_id=x"
    ).get()
    #expect(read.name == "ann@example.org")
    #expect(read.password == "a&b c")
    #expect(try Self.form("username=ann&password=%C3%A4%").get().password == "ä%")
  }

  @Test(arguments: [
    ("", "422 username"), ("username=ann", "422 password"), ("username=&password=x", "422 username"),
    ("username=ann&password=x&grant_type=refresh_token", "422 grant_type"),
    (#"{"username":"ann","password":"x"}"#, "422 username"),
    ("&&=&==&username", "422 username"),
  ]) func whatIsNoForm(_ text: String, _ failure: String) {
    #expect(Self.failure(Self.form(text)) == failure)
  }

  @Test func aFormOfManyFieldsIsNotReadToItsEnd() {
    let many = String(repeating: "x=1&", count: 20)
    #expect(Self.failure(Self.form(many + "username=ann&password=x")) == "422 username")
    let long = String(repeating: "y", count: 1025)
    #expect(Self.failure(Self.form("username=ann&password=\(long)")) == "422 password")
  }

  @Test func nameAndPassword() throws {
    let body = #"{"username":"ann","password":"Secret-123"}"#
    let read = try Self.read(body) { (root) throws(RequestFailure) in try NameAndPassword(root) }.get()
    #expect(read.name == "ann" && read.password == "Secret-123")
    for (body, failure) in [
      ("5", "422 -"), ("{}", "422 username"), (#"{"username":"a","password":null}"#, "422 password"),
      (#"{"username":["a"],"password":"b"}"#, "422 username"),
    ] {
      #expect(
        Self.failure(Self.read(body) { (root) throws(RequestFailure) in try NameAndPassword(root) })
          == failure)
    }
  }

  @Test func passwordsAreNotRepeated() {
    let secret = "MARKED-7f3a"
    for body in [
      #"{"email":"a@b.de","username":"ann","password":"\#(secret)-\#(String(repeating: "x", count: 100))"}"#,
      #"{"email":"a@b.de","username":"ann","password":["\#(secret)"]}"#,
    ] {
      guard case .failure(let failure) = Self.register(body) else {
        Issue.record("it was taken")
        continue
      }
      #expect(!failure.detail.contains(secret))
    }
  }
}
