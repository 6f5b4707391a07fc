// libmicrohttpd for Swift. Its variadic functions and the macros with a cast do not import: each use gets a name here.
#ifndef CMICROHTTPD_H
#define CMICROHTTPD_H

#include <microhttpd.h>
#include <string.h>

// The log of each request's target, before it is parsed: MHD_OPTION_URI_LOG_CALLBACK has no name for this type.
typedef void *(*cmhd_target_callback)(void *cls, const char *target, struct MHD_Connection *connection);

// MHD unescapes targets in place, and so hides what the peer sent: here it must not.
static inline size_t cmhd_keep_escapes(void *cls, struct MHD_Connection *connection, char *text) {
  (void)cls;
  (void)connection;
  return strlen(text);
}

static inline struct MHD_Daemon *cmhd_start_daemon(
    unsigned int flags, void *cls, MHD_AccessHandlerCallback handler, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback notify, cmhd_target_callback target, size_t connection_memory,
    unsigned int connection_limit, int strictness) {
  return MHD_start_daemon(
      flags, 0, NULL, NULL, handler, cls, MHD_OPTION_NOTIFY_COMPLETED, completed, cls,
      MHD_OPTION_NOTIFY_CONNECTION, notify, cls, MHD_OPTION_URI_LOG_CALLBACK, target, cls,
      MHD_OPTION_UNESCAPE_CALLBACK, &cmhd_keep_escapes, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      connection_memory, MHD_OPTION_CONNECTION_LIMIT, connection_limit, MHD_OPTION_CONNECTION_TIMEOUT, 0u,
      MHD_OPTION_STRICT_FOR_CLIENT, strictness, MHD_OPTION_END);
}

static inline int cmhd_epoll_descriptor(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

static inline void *cmhd_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

// Bytes of a request's head, from the method to the empty line.
static inline size_t cmhd_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

// The library copies the bytes: its parameter is not const for the sake of the other modes.
static inline struct MHD_Response *cmhd_create_response(const void *bytes, size_t size) {
  return MHD_create_response_from_buffer(size, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

// Without chunks: at the end of a response of unknown length the connection is closed. The library, which sends no content
// for HEAD and 304, would send the last chunk of it nevertheless, in front of the next response's head. (Variadic.)
static inline enum MHD_Result cmhd_end_with_connection(struct MHD_Response *response) {
  return MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
}

// How the importer shortens the names of an enumeration depends on the members that the library's version has.
static inline int cmhd_is_start(enum MHD_ConnectionNotificationCode code) {
  return code == MHD_CONNECTION_NOTIFY_STARTED;
}
static inline int cmhd_was_completed(enum MHD_RequestTerminationCode code) {
  return code == MHD_REQUEST_TERMINATED_COMPLETED_OK;
}
static inline int cmhd_was_broken(enum MHD_RequestTerminationCode code) {
  return code == MHD_REQUEST_TERMINATED_WITH_ERROR;
}

// Lets the library close a connection after a second in which nothing happens, even one that it does not watch.
static inline void cmhd_close_soon(struct MHD_Connection *connection) {
  MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 1u);
}

// Whether the library at hand, which may be newer than this header's, is a 0.9.
static inline int cmhd_is_0_9(void) { return strncmp(MHD_get_version(), "0.", 2) == 0; }

static inline unsigned int cmhd_daemon_flags(void) {
  unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE;
  // MHD_USE_NO_THREAD_SAFETY, which 0.9.75 does not have: 1.0 would put connections that are added into a list and begin
  // them in its next run, and wake that by an eventfd.
  return cmhd_is_0_9() ? flags : flags | 1u << 19;
}

static inline enum MHD_Result cmhd_close_upgraded(struct MHD_UpgradeResponseHandle *handle) {
  return MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

static const uint64_t cmhd_SIZE_UNKNOWN = MHD_SIZE_UNKNOWN;
static const ssize_t cmhd_END_OF_STREAM = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t cmhd_END_WITH_ERROR = MHD_CONTENT_READER_END_WITH_ERROR;

#endif
