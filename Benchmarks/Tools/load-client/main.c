// The load of the benchmarks: many clients of one address on one thread, and the latency of every token.
//
//   load-client KIND --port N [--count N] [--tokens N] [--microseconds N] [--settle SECONDS] [--window SECONDS] …
//
// Opens COUNT clients of 127.0.0.1:PORT little by little. A `unary` client sends one request after the other; another
// reads streams of TOKENS tokens, one every MICROSECONDS, one after the other on the same connection. Each token is
// checked: its number must be the next one's, and the clock that the simulated Ollama put into it gives its latency. Of
// a stream's first token the latency is the time since the request, of later ones the time since they were sent.
//
// When all clients have heard something it waits for SETTLE seconds, writes the line "open", measures for WINDOW
// seconds, writes "measured", and goes on until it gets a line: meanwhile its caller can look at what the open
// connections cost. Then it writes one line of JSON and leaves.
//
// It watches itself: a timer every ten milliseconds tells how late the loop comes to what is ready.
#include <err.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../common/clock.h"
#include "../common/descriptors.h"
#include "client.h"
#include "figures.h"
#include "options.h"

enum { heartbeat_nanoseconds = 10000000, up_seconds = 60 };

static uint64_t heartbeats, first_heartbeat;
static bool is_dismissed;

static void beat(watcher *w, uint32_t events) {
  (void)events;
  uint64_t expirations;
  if (read(w->fd, &expirations, sizeof expirations) != sizeof expirations) return;
  heartbeats += expirations;
  uint64_t due = first_heartbeat + heartbeats * heartbeat_nanoseconds, now = nanoseconds();
  if (figures.measuring) histogram_add(&figures.lag, now > due ? now - due : 0);
}

static void dismissed(watcher *w, uint32_t events) {
  (void)events;
  char byte;
  if (read(w->fd, &byte, 1) <= 1) is_dismissed = true;
}

static void watch_self_and_caller(void) {
  static watcher heart = {.ready = beat}, caller = {.fd = STDIN_FILENO, .ready = dismissed};
  const struct itimerspec every = {{0, heartbeat_nanoseconds}, {0, heartbeat_nanoseconds}};
  heart.fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  first_heartbeat = nanoseconds();
  if (heart.fd < 0 || timerfd_settime(heart.fd, 0, &every, NULL)) err(1, "timerfd");
  loop_add(&heart, EPOLLIN);
  loop_add(&caller, EPOLLIN);
}

static void tell(const char *line) {
  puts(line);
  fflush(stdout);
}

static void run_until(uint64_t deadline, bool leaving) {
  uint64_t now;
  while ((now = nanoseconds()) < deadline && !is_dismissed) {
    if (leaving) clients_leave_due(now);
    loop_turn(leaving && options.leave_every > 0 ? 1 : 10);
  }
}

static void open_all(void) {
  uint64_t now, deadline = nanoseconds() + up_seconds * 1000000000ull;
  while (!clients_are_up() && (now = nanoseconds()) < deadline && !is_dismissed)
    loop_turn(clients_open_due(now) ? 1 : 10);
  if (!clients_are_up()) figures_fail("not all clients were answered", "", 0);
}

int main(int argc, char **argv) {
  options_parse(argc, argv);
  long limit = raise_descriptor_limit();
  if (limit < options.count + 16) errx(1, "the open-files limit is %ld: too low for %d clients", limit, options.count);
  watch_self_and_caller();
  open_all();
  run_until(nanoseconds() + (uint64_t)(options.settle * 1e9), false);

  tell("open");
  figures.began = nanoseconds();
  figures.measuring = true;
  run_until(figures.began + (uint64_t)(options.window * 1e9), true);
  figures.measuring = false;
  figures.ended = nanoseconds();
  figures.stalled = clients_stalled(figures.ended);
  tell("measured");
  while (!is_dismissed) loop_turn(100);

  clients_close_all();
  figures_print();
}
