#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../common/clock.h"
#include "answers.h"
#include "figures.h"
#include "options.h"
#include "requests.h"

enum { receive_bytes = 65536 };

static client *clients;
static int opened, up;
static long next_number;
// Before what is received there is room for the tail of what came before.
static char received[longest_tail + receive_bytes + 1];

static void fail(client *c, const char *what, const char *detail, size_t count) {
  figures_fail(what, detail, (int)(count < 100 ? count : 100));
  loop_close(&c->watcher);
  c->state = client_gone;
  up += !c->is_up;
  c->is_up = true;
}

static bool transmit(client *c, const char *bytes, size_t count) {
  if (send(c->watcher.fd, bytes, count, MSG_NOSIGNAL) == (ssize_t)count) return true;
  const char *why = strerror(errno);
  fail(c, "cannot send", why, strlen(why));
  return false;
}

// The first stream of each client has a length of its own, so that their ends are spread from the beginning.
static void ask(client *c) {
  static uint32_t random = 88172645;
  char request[longest_request];
  random = random * 1664525 + 1013904223;
  uint32_t length = (uint32_t)options.tokens;
  c->length = length == 0 || c->is_up ? length : 1 + (uint32_t)((uint64_t)random * length >> 32);
  c->sequence = 0;
  c->tail_count = 0;
  if (options.kind != load_websocket) c->chunks = (chunk_reader){0};
  c->number = next_number++;
  c->asked = c->heard = nanoseconds();
  if (options.kind != load_websocket) c->state = client_waiting;
  transmit(c, request, request_write(request, c->length, c->number));
}

static void connected(client *c) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(c->watcher.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) return fail(c, "cannot connect", strerror(error), strlen(strerror(error)));
  loop_change(&c->watcher, EPOLLIN);
  if (options.kind != load_websocket) return ask(c);
  char handshake[longest_request];
  c->state = client_upgrading;
  transmit(c, handshake, handshake_write(handshake));
}

static void hear(client *c, uint64_t now) {
  c->heard = now;
  up += !c->is_up;
  c->is_up = true;
}

static void receive_unary(client *c, char *text, size_t count, uint64_t now) {
  static const char answer[] = "How can I help you";
  if (c->partial_count > 0 || answer_whole(text, count) == 0) {
    if (!(c->partial = realloc(c->partial, c->partial_count + count + 1))) err(1, "realloc");
    memcpy(c->partial + c->partial_count, text, count);
    c->partial_count += count;
    c->partial[c->partial_count] = 0;
    if (answer_whole(c->partial, c->partial_count) == 0) return;
    text = c->partial;
    c->partial_count = 0;
  }
  if (!answer_is_accepted(text)) return fail(c, "refused", text, strlen(text));
  if (!strstr(text, answer)) return fail(c, "not the answer", text, strlen(text));
  if (figures.measuring && c->asked >= figures.began) {
    figures.answers++;
    histogram_add(&figures.first, now - c->asked);
  }
  hear(c, now);
  ask(c);
}

static void ask_next(client *c) {
  if (figures.measuring) figures.answers++;
  ask(c);
}

static void receive_text(client *c, char *text, size_t count, uint64_t now) {
  hear(c, now);
  switch (answer_read(c, text, count, now)) {
  case answer_goes_on: break;
  case answer_ended: return ask_next(c);
  case answer_failed:
    loop_close(&c->watcher);
    c->state = client_gone;
  }
}

static void receive_chunks(client *c, char *bytes, size_t count, uint64_t now) {
  while (count > 0 && c->watcher.fd >= 0) {
    char *piece;
    size_t piece_count, taken = chunk_read(&c->chunks, bytes, count, &piece, &piece_count);
    if (taken == 0) return fail(c, "not chunked", bytes, count);
    if (piece_count > 0) receive_text(c, piece, piece_count, now);
    if (c->chunks.state == chunk_over) {
      if (c->sequence != c->length || c->length == 0) return fail(c, "a stream ended early", bytes, count);
      return ask_next(c);
    }
    bytes += taken;
    count -= taken;
  }
}

static void receive_frames(client *c, char *bytes, size_t count, uint64_t now) {
  while (count > 0 && c->watcher.fd >= 0) {
    int opcode;
    char *piece, frame[longest_control + 8];
    size_t piece_count, taken = frame_read(&c->frames, bytes, count, &opcode, &piece, &piece_count);
    if (opcode == frame_close)
      return fail(c, "the WebSocket was closed", piece + 2, piece_count < 2 ? 0 : piece_count - 2);
    if (opcode == frame_ping && !transmit(c, frame, frame_write(frame, frame_pong, piece, piece_count))) return;
    if (opcode == frame_text && piece_count > 0) {
      bool is_first = c->state == client_upgraded;
      c->state = client_answered;
      if (is_first && options.idle)
        hear(c, now);
      else if (is_first)
        ask(c);
      else if (!options.idle)
        receive_text(c, piece, piece_count, now);
    }
    bytes += taken;
    count -= taken;
  }
}

// The head of a response, which comes in one piece over loopback; what follows it is read on.
static void receive_head(client *c, char *text, size_t count, uint64_t now) {
  char *body = memmem(text, count, "\r\n\r\n", 4);
  if (!body || !answer_is_accepted(text)) return fail(c, "refused", text, count);
  body += 4;
  count -= (size_t)(body - text);
  c->state = c->state == client_upgrading ? client_upgraded : client_answered;
  if (options.kind == load_websocket) return receive_frames(c, body, count, now);
  receive_chunks(c, body, count, now);
}

static void receive(client *c) {
  char *text = received + longest_tail;
  ssize_t count = recv(c->watcher.fd, text, receive_bytes, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    const char *why = count == 0 ? "end of file" : strerror(errno);
    return fail(c, "the connection was lost", why, strlen(why));
  }
  uint64_t now = nanoseconds();
  text[count] = 0;
  if (options.kind == load_unary)
    receive_unary(c, text, (size_t)count, now);
  else if (c->state == client_waiting || c->state == client_upgrading)
    receive_head(c, text, (size_t)count, now);
  else if (options.kind == load_websocket)
    receive_frames(c, text, (size_t)count, now);
  else
    receive_chunks(c, text, (size_t)count, now);
}

static void ready(watcher *w, uint32_t events) {
  client *c = (client *)w;
  (void)events;
  if (c->state == client_connecting)
    connected(c);
  else
    receive(c);
}

static void open_client(client *c) {
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)options.port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  free(c->partial);
  *c = (client){.is_up = c->is_up, .state = client_connecting, .watcher.ready = ready};
  c->watcher.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (c->watcher.fd < 0) err(1, "socket");
  setsockopt(c->watcher.fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(c->watcher.fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
    return fail(c, "cannot connect", strerror(errno), strlen(strerror(errno)));
  loop_add(&c->watcher, EPOLLOUT);
}

bool clients_open_due(uint64_t now) {
  static uint64_t began;
  if (!clients && !(clients = calloc((size_t)options.count, sizeof *clients))) err(1, "calloc");
  if (began == 0) began = now;
  uint64_t due = 1 + (now - began) / 1000 * (uint64_t)options.opened_a_second / 1000000;
  while (opened < options.count && (uint64_t)opened < due) open_client(&clients[opened++]);
  return opened < options.count;
}

void clients_leave_due(uint64_t now) {
  static uint64_t next;
  static int turn;
  if (next == 0) next = now;
  for (; options.leave_every > 0 && next <= now; next += (uint64_t)options.leave_every * 1000) {
    client *c = &clients[turn++ % options.count];
    if (c->state != client_answered) continue;
    figures_departure(c->number, nanoseconds());
    loop_close(&c->watcher);
    open_client(c);
  }
}

bool clients_are_up(void) { return up == options.count; }

long clients_stalled(uint64_t now) {
  long stalled = 0;
  uint64_t patience = 1000000000 + 10000 * (uint64_t)options.microseconds;
  for (int i = 0; i < opened; i++) stalled += clients[i].watcher.fd >= 0 && clients[i].heard + patience < now;
  return options.idle ? 0 : stalled;
}

void clients_close_all(void) {
  // A reset leaves no port waiting: the next load needs as many again.
  struct linger reset = {.l_onoff = 1};
  for (int i = 0; i < opened; i++) {
    if (clients[i].watcher.fd >= 0)
      setsockopt(clients[i].watcher.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    loop_close(&clients[i].watcher);
  }
}
