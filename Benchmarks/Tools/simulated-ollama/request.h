// What clients ask of the simulated Ollama.
#pragma once
#include "connection.h"

// Answers each complete request in the connection's buffer; the one after a stream waits until that ends.
void requests_serve(connection *);
