// A cheap upstream for benchmarks: one thread, one epoll loop, HTTP/1.1 with keep-alive, on a free port of 127.0.0.1.
//
//   simulated-ollama LINES MILLISECONDS
//
// A POST whose body has "stream":false gets one JSON answer at once. Any other POST gets a stream of NDJSON lines as
// Ollama sends them: LINES of them, each a chunk and a write of its own, one every MILLISECONDS, numbered in their
// content. The streams' clocks are spread over the interval, as those of independent users are. Any GET gets
// {"version":"0.9.3"}. It prints its port on standard output and runs until it is killed.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { max_connections = 1 << 16, request_bytes = 4096 };

typedef struct connection {
  int fd;
  size_t used;
  int next_line; // of the stream; 0 when none runs
  struct connection *previous, *next; // in its slot
  char request[request_bytes + 1];
} connection;

static connection *connections[max_connections];
static connection *slots; // one list head a millisecond of the interval
static int interval, lines, next_slot;

static uint64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void leave_slot(connection *c) {
  if (!c->next) return;
  c->previous->next = c->next;
  c->next->previous = c->previous;
  c->previous = c->next = NULL;
}

static void drop(connection *c) {
  leave_slot(c);
  connections[c->fd] = NULL;
  close(c->fd);
  free(c);
}

// A socket whose buffer is full means a proxy that does not read: the benchmark would measure that and not its work.
static bool send_all(connection *c, const char *bytes, size_t count) {
  if (send(c->fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count) return true;
  drop(c);
  return false;
}

static bool send_answer(connection *c, const char *json) {
  char answer[1024];
  int count = snprintf(answer, sizeof answer,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
                       "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: %zu\r\n\r\n%s",
                       strlen(json), json);
  return send_all(c, answer, (size_t)count);
}

static bool start_stream(connection *c) {
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
                             "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n";
  if (!send_all(c, head, sizeof head - 1)) return false;
  c->next_line = 1;
  connection *slot = &slots[next_slot];
  next_slot = (next_slot + 7) % interval;
  c->next = slot->next;
  c->previous = slot;
  slot->next->previous = c;
  slot->next = c;
  return true;
}

static void send_line(connection *c) {
  char line[512], chunk[640];
  bool last = c->next_line == lines;
  int count = snprintf(line, sizeof line,
                       "{\"model\":\"tinyllama:latest\",\"created_at\":\"2024-01-01T00:00:00.000000000Z\","
                       "\"message\":{\"role\":\"assistant\",\"content\":\" %06d\"},\"done\":%s}\n",
                       c->next_line, last ? "true,\"done_reason\":\"stop\",\"eval_count\":1" : "false");
  int bytes = snprintf(chunk, sizeof chunk, "%x\r\n%s\r\n%s", count, line, last ? "0\r\n\r\n" : "");
  if (!send_all(c, chunk, (size_t)bytes)) return;
  c->next_line = last ? 0 : c->next_line + 1;
  if (last) leave_slot(c);
}

// Answers each complete request in the buffer; requests come with Content-Length or chunked.
static void serve(connection *c) {
  static const char unary[] =
      "{\"model\":\"tinyllama:latest\",\"created_at\":\"2024-01-01T00:00:00.000000000Z\",\"message\":{\"role\":"
      "\"assistant\",\"content\":\"Hello! How can I help you today?\"},\"done_reason\":\"stop\",\"done\":true,"
      "\"total_duration\":500000000,\"prompt_eval_count\":10,\"eval_count\":9}";
  while (true) {
    c->request[c->used] = 0;
    char *body = strstr(c->request, "\r\n\r\n");
    if (!body) return;
    body += 4;
    size_t total = (size_t)(body - c->request);
    const char *length = strcasestr(c->request, "\r\ncontent-length:");
    if (length && length < body) {
      total += strtoul(length + 17, NULL, 10);
    } else if (strcasestr(c->request, "\r\ntransfer-encoding:")) {
      char *end = strstr(body, "0\r\n\r\n");
      if (!end) return;
      total = (size_t)(end + 5 - c->request);
    }
    if (c->used < total) return;
    bool alive = strncmp(c->request, "POST ", 5) != 0    ? send_answer(c, "{\"version\":\"0.9.3\"}")
                 : strstr(body, "\"stream\":false") != 0 ? send_answer(c, unary)
                                                         : start_stream(c);
    if (!alive) return;
    c->used -= total;
    memmove(c->request, c->request + total, c->used);
  }
}

static void receive(connection *c) {
  ssize_t count = recv(c->fd, c->request + c->used, request_bytes - c->used, 0);
  if (count > 0) {
    c->used += (size_t)count;
    serve(c);
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    drop(c);
  }
}

static void accept_all(int listener, int loop) {
  int fd;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    if (fd >= max_connections) errx(1, "too many connections");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection *c = calloc(1, sizeof *c);
    if (!c) err(1, "calloc");
    c->fd = fd;
    connections[fd] = c;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event)) err(1, "epoll_ctl");
  }
}

static int listen_on_free_port(void) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096) ||
      getsockname(listener, (struct sockaddr *)&address, &size))
    err(1, "listen");
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int argc, char **argv) {
  if (argc != 3 || (lines = atoi(argv[1])) < 1 || (interval = atoi(argv[2])) < 1)
    errx(2, "usage: simulated-ollama LINES MILLISECONDS");
  slots = calloc((size_t)interval, sizeof *slots);
  if (!slots) err(1, "calloc");
  for (int i = 0; i < interval; i++) slots[i].next = slots[i].previous = &slots[i];

  int loop = epoll_create1(EPOLL_CLOEXEC), listener = listen_on_free_port();
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  struct itimerspec every_millisecond = {{0, 1000000}, {0, 1000000}};
  if (loop < 0 || timer < 0 || timerfd_settime(timer, 0, &every_millisecond, NULL)) err(1, "timer");
  for (int i = 0; i < 2; i++) {
    int fd = i ? timer : listener;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event)) err(1, "epoll_ctl");
  }

  uint64_t sent_until = milliseconds();
  while (true) {
    struct epoll_event events[256];
    int count = epoll_wait(loop, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        accept_all(listener, loop);
      } else if (fd == timer) {
        uint64_t ticks, now = milliseconds();
        (void)!read(timer, &ticks, sizeof ticks);
        for (; sent_until < now; sent_until++) {
          connection *slot = &slots[sent_until % (uint64_t)interval];
          for (connection *c = slot->next, *next; c != slot; c = next) {
            next = c->next;
            send_line(c);
          }
        }
      } else if (connections[fd]) {
        receive(connections[fd]);
      }
    }
  }
}
