// Opens many streams at once and checks every token of each: the load of the benchmark's streamed part.
//
//   stream-load PORT PATH STREAMS LINES SECONDS
//
// Connects STREAMS times to 127.0.0.1:PORT, spread over one second, posts a chat to PATH on each and reads until the
// answer's last chunk. Every answer must be 200 and have LINES lines whose contents count from 1 upwards without a gap.
// Prints "tokens errors" when all have ended or SECONDS have passed; a stream that has not ended by then is an error.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  int fd;
  int lines;
  size_t used;
  bool ended, failed;
  char text[8192];
} stream;

static int lines, ended;
static long tokens, errors;
static char request[1024];

static uint64_t milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void end(stream *s, bool failed) {
  if (s->ended) return;
  s->ended = true;
  ended++;
  errors += failed;
  if (s->fd >= 0) close(s->fd);
}

static void open_stream(stream *s, const struct sockaddr_in *address, int loop) {
  s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
  size_t count = strlen(request);
  if (s->fd < 0) err(1, "socket");
  if (connect(s->fd, (const struct sockaddr *)address, sizeof *address) ||
      send(s->fd, request, count, MSG_NOSIGNAL) != (ssize_t)count || epoll_ctl(loop, EPOLL_CTL_ADD, s->fd, &event))
    end(s, true);
}

// Counts the tokens in the text that has come, in order, and keeps what may be the beginning of one.
static void check(stream *s) {
  static const char mark[] = "\"content\":\" ";
  s->text[s->used] = 0;
  if (s->lines == 0 && s->used >= 12 && strncmp(s->text, "HTTP/1.1 200", 12) != 0) s->failed = true;
  char *rest = s->text, *found;
  while ((found = strstr(rest, mark)) && found + sizeof mark - 1 + 7 <= s->text + s->used) {
    char *number = found + sizeof mark - 1;
    if (strtol(number, NULL, 10) != s->lines + 1 || number[6] != '"') s->failed = true;
    s->lines++;
    tokens++;
    rest = number + 7;
  }
  bool last = strstr(rest, "\r\n0\r\n\r\n") != NULL;
  size_t left = (size_t)(s->text + s->used - rest);
  if (left > 1024 && s->lines > 0) rest += left - 1024;
  s->used = (size_t)(s->text + s->used - rest);
  memmove(s->text, rest, s->used);
  if (last) end(s, s->failed || s->lines != lines);
}

static void receive(stream *s) {
  ssize_t count = recv(s->fd, s->text + s->used, sizeof s->text - 1 - s->used, MSG_DONTWAIT);
  if (count > 0) {
    s->used += (size_t)count;
    check(s);
  } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
    end(s, true);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) errx(2, "usage: stream-load PORT PATH STREAMS LINES SECONDS");
  int count = atoi(argv[3]), started = 0;
  lines = atoi(argv[4]);
  static const char body[] = "{\"model\":\"tinyllama:latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
  snprintf(request, sizeof request,
           "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
           argv[2], argv[1], sizeof body - 1, body);
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(argv[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  stream *streams = calloc((size_t)count, sizeof *streams);
  int loop = epoll_create1(EPOLL_CLOEXEC);
  if (!streams || loop < 0) err(1, "start");

  uint64_t begin = milliseconds(), deadline = begin + (uint64_t)atoi(argv[5]) * 1000, now;
  while (ended < count && (now = milliseconds()) < deadline) {
    for (int due = (int)((now - begin + 1) * (uint64_t)count / 1000); started < count && started < due; started++)
      open_stream(&streams[started], &address, loop);
    struct epoll_event events[256];
    int ready = epoll_wait(loop, events, 256, started < count ? 1 : 100);
    for (int i = 0; i < ready; i++) receive(events[i].data.ptr);
  }
  for (int i = 0; i < count; i++) end(&streams[i], true);
  printf("%ld %ld\n", tokens, errors);
}
