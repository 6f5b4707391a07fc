import Sessions
import Testing

@testable import PostgreSQLStore

@Suite("The address of a server") struct ServerAddressTests {
  @Test(
    "It is shown without what may be secret",
    arguments: [
      ("postgresql://u:secret@h/d?sslpassword=secret&password=secret", "postgresql://u@h/d"),
      ("postgres://u:secret@a:1,b:2/d?application_name=x", "postgresql://u@a:1,b:2/d"),
      ("postgresql://a,b/d?port=5433", "postgresql://a:5433,b:5433/d"),
      ("postgresql://[::1]:5432/d", "postgresql://[::1]:5432/d"),
      ("postgresql://u@%2Frun%2Fpg/d", "postgresql://u@/d?host=/run/pg"),
      ("postgresql:///d?host=/a,/b", "postgresql:///d?host=/a,/b"),
      ("postgresql:///d?host=/a&port=5433", "postgresql:///d?host=/a&port=5433"),
      ("postgresql:///d?host=/a,/b&port=1,2", "postgresql:///d?host=/a,/b&port=1,2"),
      ("postgresql://%2Fa:5433/d", "postgresql:///d?host=/a&port=5433"),
      ("postgresql://", "postgresql:///"),
    ])
  func location(_ url: String, _ shown: String) throws {
    #expect(try ServerAddress(url, password: "secret").location == shown)
  }

  @Test(
    "What is none is refused, and nothing of it shown",
    arguments: [
      "", "mysql://u:secret@h/d", "host=h password=secret", "postgresql://u:secret@h:x:y/d?q",
      "postgresql://[::1:secret",
      "postgresql://h/d?secret=secret", "postgresql://u:secret%zz@h/d",
    ])
  func broken(_ url: String) {
    let error = #expect(throws: StoreError.self) { try ServerAddress(url, password: nil) }
    #expect(error?.kind == .unusable)
    #expect(error?.description.contains("secret") == false)
  }

  @Test("Nothing that prints all of a value prints a password") func reflection() throws {
    let address = try ServerAddress("postgresql://u:secret@h/d", password: "secret")
    var dumped = ""
    dump(address, to: &dumped)
    for text in [dumped, "\(address)", String(reflecting: address)] { #expect(!text.contains("secret")) }
  }

  @Test(
    "Each server is asked by itself",
    arguments: [
      ("postgresql://a,b:2,c/d", 3), ("postgresql://h/d", 1), ("postgresql:///d", 1),
      ("postgresql://a,b/d?port=1,2", 2),
      ("postgresql://a,b,c/d?port=1,2", 1), ("postgresql:///d?host=a,b&hostaddr=10.0.0.1,10.0.0.2", 2),
      ("postgresql:///d?host=a,b&hostaddr=10.0.0.1", 1),
    ])
  func servers(_ url: String, _ count: Int) throws {
    #expect(try ServerAddress(url, password: nil).serverCount == count)
  }

  @Test(
    "A number for the time to connect is held within bounds",
    arguments: [
      ("", 3), ("0", 3), ("-1", 3), ("1", 2), ("10", 10), ("99999", 60), ("99999999999999999999", 3),
    ])
  func connectTimeout(_ text: String, _ seconds: Int) throws {
    let address = try ServerAddress("postgresql://h/d?connect_timeout=\(text)", password: nil)
    #expect(address.connectTimeout == .seconds(seconds))
  }
}
