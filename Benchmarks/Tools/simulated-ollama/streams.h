// Answers in tokens: at a pace, all streams' clocks spread as those of independent users are, or at full speed.
#pragma once
#include "connection.h"

// Sends the head with the first token; the others follow. False if the connection was closed over it.
bool stream_start(connection *, stream_plan);

// The socket takes more.
void stream_writable(connection *);

// Takes a stream off the clock.
void stream_end(connection *);

// Sends the tokens that are due. Returns how many milliseconds the loop may sleep: -1 when nothing is to be sent.
int streams_send_due(void);

// What the simulator has done, and how late it was, as JSON.
const char *streams_counts(void);
