// glibc's resolver for Swift: its functions are macros, and its state is a large struct of bit fields.
#ifndef CRESOLVER_H
#define CRESOLVER_H

#include <netinet/in.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <string.h>

// Asks for the SRV records of a name, with the domains of resolv.conf(5) behind it where it has too few dots. Blocks; safe from
// any thread, as its state is its own. Returns the response's bytes, which may be more than there is room for, or -1.
static inline int cresolver_search_services(const char *name, unsigned char *response, int room, int *failure) {
  struct __res_state state;
  memset(&state, 0, sizeof state);
  *failure = NO_RECOVERY;
  if (res_ninit(&state) != 0) return -1;
  int count = res_nsearch(&state, name, ns_c_in, ns_t_srv, response, room);
  *failure = state.res_h_errno;
  res_nclose(&state);
  return count;
}

// An array to Swift.
static inline const char *cresolver_reason(int failure) { return hstrerror(failure); }

#endif
