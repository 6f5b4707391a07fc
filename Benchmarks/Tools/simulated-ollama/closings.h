// When the simulated Ollama saw clients leave in the middle of their streams.
#pragma once
#include <stdint.h>

// A stream was cut; one without a number is not noted.
void closings_add(long number, uint64_t nanoseconds);

// "[[number,nanoseconds],…]" of those since the last call. Valid until the next.
const char *closings_take(void);
