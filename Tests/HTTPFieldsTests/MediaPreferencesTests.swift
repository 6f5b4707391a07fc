import HTTPFields
import Testing

@Suite struct MediaPreferencesTests {
  @Test(
    "The best quality wins",
    arguments: [
      (nil, 1000, 1000), ("*/*", 1000, 1000), ("text/html", 1000, 0), ("application/json", 0, 1000),
      ("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", 1000, 800),
      ("Text/HTML ; Q=0.25 , application/* ;q=0.5", 250, 500), ("text/*;q=0.3,*/*;q=0.2", 300, 200),
      ("text/html;q=0, */*", 0, 1000), ("text/html;level=1;q=0.7", 700, 0), ("text/html;q=1.000", 1000, 0),
      // The more special range counts, whatever comes first.
      ("*/*;q=1,text/*;q=0.5,text/html;q=0.1", 100, 1000),
      // What cannot be read is as if it were not there.
      ("text/html;q=2, application/json;q=0.5", 0, 500), ("text/html;q=0.1234", 0, 0), ("text/html;q=", 0, 0),
      ("text/html;q=-1", 0, 0), ("text/html;q=1.5", 0, 0), ("", 0, 0), (",;,/", 0, 0),
    ] as [(String?, Int, Int)])
  func qualities(accept: String?, html: Int, json: Int) {
    let preferences = MediaPreferences(accept: accept)
    #expect(preferences.quality(of: "text/html") == html)
    #expect(preferences.quality(of: "application/json") == json)
  }
}
