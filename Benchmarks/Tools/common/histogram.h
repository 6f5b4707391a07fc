// Counts durations in buckets that grow with the duration: any percentile, to within 1 %, from 16 KiB of memory.
#pragma once
#include <stdint.h>
#include <stdio.h>

enum {
  histogram_bits = 6, // 64 buckets for each power of two
  histogram_buckets = (65 - histogram_bits) << histogram_bits,
};

typedef struct {
  uint64_t total, maximum;
  uint32_t counts[histogram_buckets];
} histogram;

void histogram_add(histogram *, uint64_t value);

// The value that PERCENT of all values do not exceed; 0 when there are none.
uint64_t histogram_percentile(const histogram *, double percent);

// A JSON object: "count", and "p50", "p99", "p99.9" and "max" in microseconds of values in nanoseconds.
void histogram_print(const histogram *, FILE *);
