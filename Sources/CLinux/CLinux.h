// Linux system calls and macros that Swift's Glibc module does not bring.
#ifndef CLINUX_H
#define CLINUX_H

#include <fcntl.h>
#include <link.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

// `epoll_data_t` is a union in a packed struct: Swift reads its members, but one setter each is clearer.
static inline struct epoll_event clinux_epoll_event(uint32_t events, uint64_t data) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = data;
  return event;
}

static inline uint64_t clinux_epoll_data(const struct epoll_event *event) { return event->data.u64; }

// The variables the process was started with: to Swift a global that any thread may change.
static inline char **clinux_environment(void) {
  extern char **environ;
  return environ;
}

// Variadic functions: the importer leaves them out.
static inline int clinux_set_thread_name(const char *name) { return prctl(PR_SET_NAME, name, 0, 0, 0); }

// The kernel's `SIOCOUTQ`: bytes of a socket's send queue that the peer has not yet acknowledged.
static inline int clinux_unacknowledged_bytes(int fd, int *bytes) { return ioctl(fd, SIOCOUTQ, bytes); }

// A GNU extension: Swift's Glibc module does not declare it.
static inline int clinux_accept(int fd, struct sockaddr *address, socklen_t *length) {
  extern int accept4(int, struct sockaddr *, socklen_t *, int);
  return accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// `struct dl_phdr_info` and `dl_iterate_phdr` are GNU extensions, too: the program, then the libraries that it has loaded.
struct clinux_module {
  ElfW(Addr) base;
  const char *name;
  const ElfW(Phdr) *headers;
  ElfW(Half) header_count;
};

static inline void clinux_each_module(int (*call)(struct clinux_module *, size_t, void *), void *argument) {
  extern int dl_iterate_phdr(int (*)(struct clinux_module *, size_t, void *), void *);
  dl_iterate_phdr(call, argument);
}

// Where a signal has met a thread: the register has another name on each machine.
static inline uintptr_t clinux_program_counter(const void *context) {
  const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
#if defined(__x86_64__)
  return (uintptr_t)machine->gregs[16];  // REG_RIP, which only GNU programs may call by its name
#else
  return (uintptr_t)machine->pc;
#endif
}

// `struct ucred` and SO_PEERGROUPS are GNU's and the kernel's own: Swift's Glibc module has neither.
static inline int clinux_peer_credentials(int fd, uint32_t *user, uint32_t *group) {
  struct {
    int32_t process;
    uint32_t user, group;
  } peer;
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
  *user = peer.user;
  *group = peer.group;
  return 0;
}

// `size` in bytes: what there is room for, and then what was written or (with ERANGE) is needed.
static inline int clinux_peer_groups(int fd, uint32_t *groups, socklen_t *size) {
  enum { peer_groups = 59 };
  return getsockopt(fd, SOL_SOCKET, peer_groups, groups, size);
}

// EPOLL* are an enum, or macros with a cast, by the C library's version: the importer takes the first only.
static const uint32_t clinux_EPOLLIN = EPOLLIN;
static const uint32_t clinux_EPOLLOUT = EPOLLOUT;
static const uint32_t clinux_EPOLLRDHUP = EPOLLRDHUP;
static const uint32_t clinux_EPOLLHUP = EPOLLHUP;
static const uint32_t clinux_EPOLLERR = EPOLLERR;
static const uint32_t clinux_EPOLLET = (uint32_t)EPOLLET;
static const uint32_t clinux_EPOLLEXCLUSIVE = (uint32_t)EPOLLEXCLUSIVE;

#endif
