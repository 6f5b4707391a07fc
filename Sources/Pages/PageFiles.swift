package import Handling

/// All files of the pages, by their names: what stands in the folder `Files` beside this.
package enum PageFiles {
  /// By their names, which are the last part of their paths below `/assets/`.
  package static let all: [String: StaticFile] = {
    let files = pages + styles + scripts + [StaticFile("icon.svg", PackageResources.icon_svg)]
    return Dictionary(uniqueKeysWithValues: files.map { ($0.name, $0) })
  }()

  private static let pages = [
    StaticFile("chat.html", PackageResources.chat_html),
    StaticFile("docs.html", PackageResources.docs_html),
    StaticFile("status.html", PackageResources.status_html),
  ]

  private static let styles = [
    StaticFile("chat.css", PackageResources.chat_css),
    StaticFile("docs.css", PackageResources.docs_css),
    StaticFile("markdown.css", PackageResources.markdown_css),
    StaticFile("page.css", PackageResources.page_css),
    StaticFile("status.css", PackageResources.status_css),
  ]

  private static let scripts = [
    StaticFile("account-menu.js", PackageResources.account_menu_js),
    StaticFile("account.js", PackageResources.account_js),
    StaticFile("adoption.js", PackageResources.adoption_js),
    StaticFile("api-document.js", PackageResources.api_document_js),
    StaticFile("api-request.js", PackageResources.api_request_js),
    StaticFile("attachments.js", PackageResources.attachments_js),
    StaticFile("backoff.js", PackageResources.backoff_js),
    StaticFile("chart.js", PackageResources.chart_js),
    StaticFile("chat.js", PackageResources.chat_js),
    StaticFile("conversation.js", PackageResources.conversation_js),
    StaticFile("credential.js", PackageResources.credential_js),
    StaticFile("docs.js", PackageResources.docs_js),
    StaticFile("dom.js", PackageResources.dom_js),
    StaticFile("entrance.js", PackageResources.entrance_js),
    StaticFile("event-stream.js", PackageResources.event_stream_js),
    StaticFile("form.js", PackageResources.form_js),
    StaticFile("gateway.js", PackageResources.gateway_js),
    StaticFile("history.js", PackageResources.history_js),
    StaticFile("key-dialog.js", PackageResources.key_dialog_js),
    StaticFile("kept-images.js", PackageResources.kept_images_js),
    StaticFile("keys.js", PackageResources.keys_js),
    StaticFile("link-token.js", PackageResources.link_token_js),
    StaticFile("link.js", PackageResources.link_js),
    StaticFile("markdown-inline.js", PackageResources.markdown_inline_js),
    StaticFile("markdown-view.js", PackageResources.markdown_view_js),
    StaticFile("markdown.js", PackageResources.markdown_js),
    StaticFile("message-list.js", PackageResources.message_list_js),
    StaticFile("metrics.js", PackageResources.metrics_js),
    StaticFile("notice.js", PackageResources.notice_js),
    StaticFile("operation-view.js", PackageResources.operation_view_js),
    StaticFile("own-keys-dialog.js", PackageResources.own_keys_dialog_js),
    StaticFile("password-dialog.js", PackageResources.password_dialog_js),
    StaticFile("prose.js", PackageResources.prose_js),
    StaticFile("question.js", PackageResources.question_js),
    StaticFile("schema-tree.js", PackageResources.schema_tree_js),
    StaticFile("scrolling.js", PackageResources.scrolling_js),
    StaticFile("server-view.js", PackageResources.server_view_js),
    StaticFile("session-list.js", PackageResources.session_list_js),
    StaticFile("settings.js", PackageResources.settings_js),
    StaticFile("sign-in-dialog.js", PackageResources.sign_in_dialog_js),
    StaticFile("sign-in.js", PackageResources.sign_in_js),
    StaticFile("socket-view.js", PackageResources.socket_view_js),
    StaticFile("status.js", PackageResources.status_js),
    StaticFile("storage.js", PackageResources.storage_js),
    StaticFile("store-view.js", PackageResources.store_view_js),
    StaticFile("try-view.js", PackageResources.try_view_js),
    StaticFile("words.js", PackageResources.words_js),
  ]
}
