// The monotonic clock: the same one in every process of a machine, so that a token can carry it from one to another.
#pragma once
#include <stdint.h>
#include <time.h>

static inline uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
