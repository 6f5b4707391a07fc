/// All files of the pages, by their names: what stands in the folder `Files` beside this.
public enum PageFiles {
  public static let all: [String: PageFile] = {
    let files = [
      PageFile("chat.html", PackageResources.chat_html),
      PageFile("status.html", PackageResources.status_html),
    ]
    return Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) })
  }()
}
