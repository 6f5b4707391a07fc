/// All files of the pages, by their names: what stands in the folder `Files` beside this.
public enum PageFiles {
  public static let all: [String: PageFile] = {
    let files = pages + styles + scripts + [PageFile("icon.svg", PackageResources.icon_svg)]
    return Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) })
  }()

  private static let pages = [
    PageFile("chat.html", PackageResources.chat_html),
    PageFile("docs.html", PackageResources.docs_html),
    PageFile("status.html", PackageResources.status_html),
  ]

  private static let styles = [
    PageFile("chat.css", PackageResources.chat_css),
    PageFile("docs.css", PackageResources.docs_css),
    PageFile("markdown.css", PackageResources.markdown_css),
    PageFile("page.css", PackageResources.page_css),
    PageFile("status.css", PackageResources.status_css),
  ]

  private static let scripts = [
    PageFile("api-document.js", PackageResources.api_document_js),
    PageFile("api-request.js", PackageResources.api_request_js),
    PageFile("attachments.js", PackageResources.attachments_js),
    PageFile("backoff.js", PackageResources.backoff_js),
    PageFile("chart.js", PackageResources.chart_js),
    PageFile("chat.js", PackageResources.chat_js),
    PageFile("conversation.js", PackageResources.conversation_js),
    PageFile("docs.js", PackageResources.docs_js),
    PageFile("dom.js", PackageResources.dom_js),
    PageFile("event-stream.js", PackageResources.event_stream_js),
    PageFile("gateway.js", PackageResources.gateway_js),
    PageFile("history.js", PackageResources.history_js),
    PageFile("keys.js", PackageResources.keys_js),
    PageFile("link.js", PackageResources.link_js),
    PageFile("markdown-inline.js", PackageResources.markdown_inline_js),
    PageFile("markdown-view.js", PackageResources.markdown_view_js),
    PageFile("markdown.js", PackageResources.markdown_js),
    PageFile("message-list.js", PackageResources.message_list_js),
    PageFile("metrics.js", PackageResources.metrics_js),
    PageFile("notice.js", PackageResources.notice_js),
    PageFile("operation-view.js", PackageResources.operation_view_js),
    PageFile("prose.js", PackageResources.prose_js),
    PageFile("schema-tree.js", PackageResources.schema_tree_js),
    PageFile("scrolling.js", PackageResources.scrolling_js),
    PageFile("session-list.js", PackageResources.session_list_js),
    PageFile("settings.js", PackageResources.settings_js),
    PageFile("socket-view.js", PackageResources.socket_view_js),
    PageFile("status.js", PackageResources.status_js),
    PageFile("try-view.js", PackageResources.try_view_js),
    PageFile("words.js", PackageResources.words_js),
  ]
}
