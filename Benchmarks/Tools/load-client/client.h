// One client of the load: its connection, and how far its request or stream has come.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../common/loop.h"
#include "chunks.h"
#include "frames.h"

enum { longest_tail = 64 };

typedef enum {
  client_connecting,
  client_upgrading, // a WebSocket whose handshake is not answered yet
  client_upgraded,  // and its first frame is to come
  client_answered,  // by a response's head or by the first frame: tokens come, or are about to
  client_waiting,   // for a response's head
  client_gone,      // failed, and not opened again
} client_state;

typedef struct client {
  watcher watcher;
  client_state state;
  bool is_up;                // has heard something once
  uint32_t sequence, length; // of the stream's tokens; a length of 0 is endless
  long number;               // the stream's name in the request
  uint64_t asked, heard;     // when the request went out, when something came
  union { // how the text is framed
    frame_reader frames;
    chunk_reader chunks;
  };
  char *partial; // a unary answer of which a part is missing
  size_t partial_count;
  uint8_t tail_count;
  char tail[longest_tail]; // text that may be the beginning of a token
} client;

// Opens the clients that are due, little by little, from the first call on. False once all have been opened.
bool clients_open_due(uint64_t now);

// Lets the clients leave that are due to, one after the other, each replaced at once. From the first call on.
void clients_leave_due(uint64_t now);

// Whether each has heard something, or failed.
bool clients_are_up(void);

// Those that have heard nothing for ten times the pace and a second.
long clients_stalled(uint64_t now);

void clients_close_all(void);
