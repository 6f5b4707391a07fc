// Moves the environment before the program begins, as libraries do that set a variable while they are loaded.
#include <stdlib.h>

__attribute__((constructor)) static void move_environment(void) { setenv("MOVED_BY_PRELOAD", "1", 1); }
