// Records, in order, what a process changes in a folder and what it has synced there, for tests of what a loss of power leaves.
//
// RECORDED_FOLDER is the folder, without a slash at the end; DISK_RECORD is the file that the record is appended to. A record's entry
// is a `struct entry`, then `length` bytes: what was written, or a name. One lock is held over each call and its entry, so that the
// order of the entries is that of the calls. What is written through a memory mapping is not seen: SQLite makes -shm anew.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { MADE = 1, WRITTEN, CUT, SYNCED, RENAMED, UNLINKED, MARKED, UNKNOWN };

struct entry {
  uint64_t kind;
  // 0 is the folder itself.
  uint64_t inode;
  // Where in the file; of MADE and RENAMED nothing; of CUT the new length; of MARKED the number.
  uint64_t offset;
  uint64_t length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static char folder[4096];

static int (*real_openat)(int, const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void begin(void) {
  real_openat = dlsym(RTLD_NEXT, "openat");
  real_write = dlsym(RTLD_NEXT, "write");
  real_writev = dlsym(RTLD_NEXT, "writev");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_rename = dlsym(RTLD_NEXT, "rename");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
  const char *recorded = getenv("RECORDED_FOLDER"), *path = getenv("DISK_RECORD");
  if (!recorded || !path || !realpath(recorded, folder)) return;
  record = real_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static void note(enum kind kind, uint64_t inode, uint64_t offset, const void *bytes, size_t length) {
  struct entry entry = {kind, inode, offset, length};
  struct iovec parts[] = {{&entry, sizeof entry}, {(void *)bytes, length}};
  int saved = errno;
  // What cannot be recorded makes the whole record worthless.
  if (real_writev(record, parts, 2) != (ssize_t)(sizeof entry + length)) abort();
  errno = saved;
}

// The name in the folder; null where the path is elsewhere.
static const char *name_of(const char *path) {
  size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

// Whether a descriptor is the folder's, or that of a file in it.
static int is_recorded(int descriptor, uint64_t *inode) {
  struct stat status;
  char link[64], path[4096];
  if (record < 0) return 0;
  int saved = errno, found = 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length > 0 && fstat(descriptor, &status) == 0) {
    path[length] = 0;
    found = strcmp(path, folder) == 0 || name_of(path) != NULL;
    *inode = strcmp(path, folder) == 0 ? 0 : status.st_ino;
  }
  errno = saved;
  return found;
}

static int open_recorded(int at, const char *path, int flags, mode_t mode) {
  const char *name = record < 0 ? NULL : name_of(path);
  if (!name || !(flags & (O_CREAT | O_TRUNC))) return real_openat(at, path, flags, mode);
  pthread_mutex_lock(&lock);
  struct stat status;
  int was_there = stat(path, &status) == 0;
  int descriptor = real_openat(at, path, flags, mode);
  if (descriptor >= 0 && fstat(descriptor, &status) == 0) {
    if (!was_there) note(MADE, status.st_ino, 0, name, strlen(name));
    else if (flags & O_TRUNC) note(CUT, status.st_ino, 0, NULL, 0);
  }
  pthread_mutex_unlock(&lock);
  return descriptor;
}

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0; }

#define OPEN(NAME, AT, FIRST)                                  \
  int NAME(FIRST const char *path, int flags, ...) {     \
    va_list list;                                              \
    va_start(list, flags);                                     \
    mode_t mode = mode_of(flags, list);                        \
    va_end(list);                                              \
    return open_recorded(AT, path, flags, mode);               \
  }
#define FOLDER int at,
OPEN(open, AT_FDCWD, )
OPEN(open64, AT_FDCWD, )
OPEN(openat, at, FOLDER)
OPEN(openat64, at, FOLDER)

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off_t offset) {
  uint64_t inode;
  if (!is_recorded(descriptor, &inode)) return real_pwrite(descriptor, bytes, count, offset);
  pthread_mutex_lock(&lock);
  ssize_t written = real_pwrite(descriptor, bytes, count, offset);
  if (written > 0) note(WRITTEN, inode, offset, bytes, written);
  pthread_mutex_unlock(&lock);
  return written;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  return pwrite64(descriptor, bytes, count, offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  uint64_t inode;
  if (!is_recorded(descriptor, &inode)) return real_write(descriptor, bytes, count);
  pthread_mutex_lock(&lock);
  ssize_t written = real_write(descriptor, bytes, count);
  if (written > 0) note(WRITTEN, inode, lseek(descriptor, 0, SEEK_CUR) - written, bytes, written);
  pthread_mutex_unlock(&lock);
  return written;
}

// Nobody writes to a store by these: if that changes, the record says that it is not whole.
ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  uint64_t inode;
  if (is_recorded(descriptor, &inode)) note(UNKNOWN, inode, 0, "writev", 6);
  return real_writev(descriptor, parts, count);
}

int ftruncate64(int descriptor, off_t length) {
  uint64_t inode;
  if (!is_recorded(descriptor, &inode)) return real_ftruncate(descriptor, length);
  pthread_mutex_lock(&lock);
  int status = real_ftruncate(descriptor, length);
  if (status == 0) note(CUT, inode, length, NULL, 0);
  pthread_mutex_unlock(&lock);
  return status;
}

int ftruncate(int descriptor, off_t length) { return ftruncate64(descriptor, length); }

static int sync_recorded(int descriptor, int (*sync)(int)) {
  uint64_t inode;
  if (!is_recorded(descriptor, &inode)) return sync(descriptor);
  // The disk of the test is the record: that the true one has it as well would only take time.
  pthread_mutex_lock(&lock);
  note(SYNCED, inode, 0, NULL, 0);
  pthread_mutex_unlock(&lock);
  return 0;
}

int fsync(int descriptor) { return sync_recorded(descriptor, real_fsync); }
int fdatasync(int descriptor) { return sync_recorded(descriptor, real_fdatasync); }

int rename(const char *from, const char *to) {
  const char *old_name = record < 0 ? NULL : name_of(from), *new_name = record < 0 ? NULL : name_of(to);
  if (!old_name || !new_name) return real_rename(from, to);
  pthread_mutex_lock(&lock);
  int status = real_rename(from, to);
  if (status == 0) {
    char names[8192];
    int length = snprintf(names, sizeof names, "%s%c%s", old_name, 0, new_name);
    note(RENAMED, 0, 0, names, length);
  }
  pthread_mutex_unlock(&lock);
  return status;
}

int unlink(const char *path) {
  const char *name = record < 0 ? NULL : name_of(path);
  if (!name) return real_unlink(path);
  pthread_mutex_lock(&lock);
  int status = real_unlink(path);
  if (status == 0) note(UNLINKED, 0, 0, name, strlen(name));
  pthread_mutex_unlock(&lock);
  return status;
}

// The process that is recorded calls it, by its name: everything up to `number` is acknowledged now.
void disk_recorder_mark(uint64_t number) {
  if (record < 0) return;
  pthread_mutex_lock(&lock);
  note(MARKED, 0, number, NULL, 0);
  pthread_mutex_unlock(&lock);
}
