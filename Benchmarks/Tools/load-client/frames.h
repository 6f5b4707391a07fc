// WebSocket frames (RFC 6455) as a client reads and writes them.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { frame_text = 1, frame_close = 8, frame_ping = 9, frame_pong = 10, longest_control = 125 };

// Where a client is within the frames of its server.
typedef struct {
  uint8_t head[10];
  uint8_t head_count;
  uint8_t control_count;
  uint64_t left; // of the frame's payload
  char control[longest_control];
} frame_reader;

// Takes the next piece of one frame from BYTES: of a text frame as much payload as is there (its place and length go to
// PIECE and PIECE_COUNT), of another its whole payload once all has come. Returns the bytes taken.
size_t frame_read(frame_reader *, char *bytes, size_t count, int *opcode, char **piece, size_t *piece_count);

// Writes one masked frame and returns its length: at most 8 bytes more than the payload, which is under 64 KiB.
size_t frame_write(char *frame, int opcode, const char *payload, size_t count);
