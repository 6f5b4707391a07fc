// One thread's event loop: epoll, level-triggered.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

// A descriptor and what to do when it is ready; the first member of whatever owns the descriptor. One whose descriptor
// is -1 is not called, even where epoll has reported it already: memory of a closed one may be used again, not freed.
typedef struct watcher {
  int fd;
  void (*ready)(struct watcher *, uint32_t events);
} watcher;

void loop_add(watcher *, uint32_t events);
void loop_change(watcher *, uint32_t events);

// Closes the descriptor.
void loop_close(watcher *);

// Waits for at most so many milliseconds (-1: for ever) and calls whoever is ready.
void loop_turn(int milliseconds);
