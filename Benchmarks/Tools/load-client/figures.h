// What is counted during the measurement, and how it is told.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "../common/histogram.h"

extern struct figures {
  bool measuring;
  uint64_t began; // the measurement's first nanosecond
  uint64_t ended;
  uint64_t answers; // complete ones within the measurement
  uint64_t tokens;
  long errors, stalled;
  char first_error[160];
  histogram first, later; // latencies: of first tokens or whole unary answers, of later tokens
  histogram lag;          // of this client itself
} figures;

// A failure of the server; the first one's text is kept.
void figures_fail(const char *what, const char *detail, int detail_count);

// Notes that a client left whose stream has this number.
void figures_departure(long number, uint64_t now);

// One line of JSON.
void figures_print(void);
