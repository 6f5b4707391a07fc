// The chunked content of HTTP/1.1. A proxy may cut it anywhere, in the middle of a token too.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { chunk_size, chunk_extension, chunk_data, chunk_data_end, chunk_last, chunk_over } chunk_state;

// Where a client is within the content.
typedef struct {
  uint64_t left; // of the chunk's data; while its size is read, what is known of that
  chunk_state state;
} chunk_reader;

// Takes the next piece of data from BYTES: its place and length go to PIECE and PIECE_COUNT. The state is `chunk_over`
// when the content has ended. Returns the bytes taken; 0 for what is not chunked content.
size_t chunk_read(chunk_reader *, char *bytes, size_t count, char **piece, size_t *piece_count);
