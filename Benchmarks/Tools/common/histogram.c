#include "histogram.h"

// Small values have a bucket each; above, the leading bits of a value choose its bucket.
static unsigned bucket_of(uint64_t value) {
  if (value < (2u << histogram_bits)) return (unsigned)value;
  unsigned shift = (unsigned)(63 - __builtin_clzll(value)) - histogram_bits;
  return (shift << histogram_bits) + (unsigned)(value >> shift);
}

// The middle of a bucket.
static uint64_t value_of(unsigned bucket) {
  if (bucket < (2u << histogram_bits)) return bucket;
  unsigned shift = (bucket >> histogram_bits) - 1;
  uint64_t lowest = (uint64_t)(bucket - (shift << histogram_bits)) << shift;
  return lowest + ((uint64_t)1 << shift) / 2;
}

void histogram_add(histogram *h, uint64_t value) {
  h->counts[bucket_of(value)]++;
  h->total++;
  if (value > h->maximum) h->maximum = value;
}

uint64_t histogram_percentile(const histogram *h, double percent) {
  uint64_t wanted = (uint64_t)((double)h->total * percent / 100 + 0.5), seen = 0;
  if (wanted == 0) wanted = 1;
  for (unsigned i = 0; i < histogram_buckets; i++) {
    seen += h->counts[i];
    if (seen >= wanted) return value_of(i) < h->maximum ? value_of(i) : h->maximum;
  }
  return h->maximum;
}

void histogram_print(const histogram *h, FILE *file) {
  fprintf(file, "{\"count\":%llu,\"p50\":%.1f,\"p99\":%.1f,\"p99.9\":%.1f,\"max\":%.1f}",
          (unsigned long long)h->total, (double)histogram_percentile(h, 50) / 1e3,
          (double)histogram_percentile(h, 99) / 1e3, (double)histogram_percentile(h, 99.9) / 1e3,
          (double)h->maximum / 1e3);
}
