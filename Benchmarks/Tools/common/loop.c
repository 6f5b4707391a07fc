#include "loop.h"

#include <err.h>
#include <errno.h>
#include <unistd.h>

static int epoll = -1;

static void control(int operation, watcher *w, uint32_t events) {
  if (epoll < 0 && (epoll = epoll_create1(EPOLL_CLOEXEC)) < 0) err(1, "epoll_create1");
  struct epoll_event event = {.events = events, .data.ptr = w};
  if (epoll_ctl(epoll, operation, w->fd, &event)) err(1, "epoll_ctl");
}

void loop_add(watcher *w, uint32_t events) { control(EPOLL_CTL_ADD, w, events); }

void loop_change(watcher *w, uint32_t events) { control(EPOLL_CTL_MOD, w, events); }

void loop_close(watcher *w) {
  if (w->fd >= 0) close(w->fd);
  w->fd = -1;
}

void loop_turn(int milliseconds) {
  struct epoll_event events[256];
  int count = epoll_wait(epoll, events, 256, milliseconds);
  if (count < 0 && errno != EINTR) err(1, "epoll_wait");
  for (int i = 0; i < count; i++) {
    watcher *w = events[i].data.ptr;
    if (w->fd >= 0) w->ready(w, events[i].events);
  }
}
