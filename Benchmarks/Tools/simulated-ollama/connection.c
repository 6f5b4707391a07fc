#define _GNU_SOURCE
#include "connection.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../common/clock.h"
#include "closings.h"
#include "request.h"
#include "streams.h"

enum { first_request_bytes = 1024, most_request_bytes = 1 << 20, most_unsent_bytes = 1 << 18 };

struct connection_counts connection_counts;

static connection *unused;

void connection_close(connection *c) {
  if (c->streams) {
    closings_add(c->plan.number, nanoseconds());
    stream_end(c);
  }
  loop_close(&c->watcher);
  free(c->request);
  free(c->unsent);
  c->request = c->unsent = NULL;
  c->next = unused;
  unused = c;
  connection_counts.open--;
}

// A peer that reads nothing while tokens pile up does not do its work: its figures would be worthless.
static bool give_up(connection *c, const char *why) {
  warnx("dropped a connection: %s", why);
  connection_counts.dropped++;
  connection_close(c);
  return false;
}

static bool is_full(void) { return errno == EAGAIN || errno == EINTR; }

bool connection_send(connection *c, const void *bytes, size_t count) {
  size_t sent = 0;
  if (c->unsent_count == 0) {
    ssize_t result = send(c->watcher.fd, bytes, count, MSG_NOSIGNAL);
    if (result == (ssize_t)count) return true;
    if (result < 0 && !is_full()) {
      connection_close(c);
      return false;
    }
    sent = result < 0 ? 0 : (size_t)result;
    loop_change(&c->watcher, EPOLLIN | EPOLLOUT);
  }
  size_t left = count - sent;
  if (c->unsent_count + left > most_unsent_bytes) return give_up(c, "it does not read");
  if (!(c->unsent = realloc(c->unsent, c->unsent_count + left))) err(1, "realloc");
  memcpy(c->unsent + c->unsent_count, (const char *)bytes + sent, left);
  c->unsent_count += left;
  return true;
}

static void send_unsent(connection *c) {
  ssize_t sent = send(c->watcher.fd, c->unsent, c->unsent_count, MSG_NOSIGNAL);
  if (sent < 0 && is_full()) return;
  if (sent < 0) return connection_close(c);
  c->unsent_count -= (size_t)sent;
  memmove(c->unsent, c->unsent + sent, c->unsent_count);
  if (c->unsent_count > 0) return;
  free(c->unsent);
  c->unsent = NULL;
  loop_change(&c->watcher, EPOLLIN);
  if (c->streams) stream_writable(c);
}

static void receive(connection *c) {
  if (c->used + 1 >= c->capacity) {
    c->capacity = c->request ? 2 * c->capacity : first_request_bytes;
    if (c->capacity > most_request_bytes) {
      give_up(c, "its request is too long");
      return;
    }
    if (!(c->request = realloc(c->request, c->capacity))) err(1, "realloc");
  }
  ssize_t count = recv(c->watcher.fd, c->request + c->used, c->capacity - 1 - c->used, 0);
  if (count > 0) {
    c->used += (size_t)count;
    c->request[c->used] = 0;
    requests_serve(c);
  } else if (count == 0 || !is_full()) {
    connection_close(c);
  }
}

static void ready(watcher *w, uint32_t events) {
  connection *c = (connection *)w;
  if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(c);
  if (w->fd < 0 || !(events & EPOLLOUT)) return;
  if (c->unsent_count > 0) return send_unsent(c);
  loop_change(w, EPOLLIN);
  if (c->streams) stream_writable(c);
}

static void accept_all(watcher *listener, uint32_t events) {
  (void)events;
  int fd;
  while ((fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection *c = unused ? unused : malloc(sizeof *c);
    if (!c) err(1, "malloc");
    if (unused) unused = unused->next;
    *c = (connection){.watcher = {.fd = fd, .ready = ready}};
    loop_add(&c->watcher, EPOLLIN);
    connection_counts.accepted++;
    connection_counts.open++;
  }
  if (!is_full() && errno != ECONNABORTED) err(1, "accept");
}

int connections_listen(void) {
  static watcher listener = {.ready = accept_all};
  listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (listener.fd < 0 || bind(listener.fd, (struct sockaddr *)&address, size) || listen(listener.fd, 16384) ||
      getsockname(listener.fd, (struct sockaddr *)&address, &size))
    err(1, "listen");
  loop_add(&listener, EPOLLIN);
  return ntohs(address.sin_port);
}
