/* Fails the N-th call of one function of the C library with a chosen errno, for a process that was started with this
 * library preloaded and then calls fault_arm(). Only calls about a path or descriptor at or below one of the given
 * folders count, and only in the process that armed it: what it starts is left alone.
 *
 * fault_arm(folders, function, number, errno, mode): folders by newline; an empty function counts all; mode 0 fails one
 * call, 1 fails every call from that one on, 2 kills the process instead. The log at fault_log() has a line for each
 * call that counted: function, number and path.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define KINDS 64
static char folders[8][PATH_MAX];
static int folder_count, wanted_errno, mode, armed_pid, logged = -1;
static long wanted_number, counts[KINDS];
static char wanted[32], lacking[32];
static const char *names[KINDS];

static int kind_of(const char *name) {
  for (int i = 0; i < KINDS; i++) {
    if (!names[i]) names[i] = name;
    if (!strcmp(names[i], name)) return i;
  }
  return 0;
}

static int is_below(const char *path) {
  for (int i = 0; i < folder_count; i++) {
    size_t length = strlen(folders[i]);
    if (!strncmp(path, folders[i], length) && (path[length] == '/' || !path[length])) return 1;
  }
  return 0;
}

static void of_fd(int fd, char *out) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlink, link, out, PATH_MAX - 1);
  out[length < 0 ? 0 : length] = 0;
}

static void full(int dir, const char *path, char *out) {
  char base[PATH_MAX];
  if (path && path[0] == '/') { snprintf(out, PATH_MAX, "%s", path); return; }
  if (dir == AT_FDCWD) { if (syscall(SYS_getcwd, base, sizeof base) < 0) base[0] = 0; }
  else of_fd(dir, base);
  if (!path || !path[0] || !strcmp(path, ".")) snprintf(out, PATH_MAX, "%s", base);
  else { size_t n = strlen(base); snprintf(out, PATH_MAX, "%s", base); snprintf(out + n, PATH_MAX - n, "/%s", path); }
}

/* Returns whether this call is the one to fail, with errno set. */
static int fails(const char *name, int dir, const char *path) {
  char where[PATH_MAX];
  if (!armed_pid || armed_pid != syscall(SYS_getpid)) return 0;
  int before = errno;
  full(dir, path, where);
  if (!is_below(where)) { errno = before; return 0; }
  long number = ++counts[kind_of(name)];
  if (logged >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s\t%ld\t%s\n", name, number, where);
    syscall(SYS_write, logged, line, length);
  }
  errno = before;
  if (!strcmp(lacking, name)) { errno = ENOSYS; return 1; }
  if (strcmp(wanted, name)) return 0;
  if (mode == 1 ? number < wanted_number : number != wanted_number) return 0;
  if (mode == 2) { syscall(SYS_kill, armed_pid, SIGKILL); for (;;) pause(); }
  errno = wanted_errno;
  return 1;
}

void fault_log(int fd) { logged = fd; }

/* A function that the system does not have at all. */
void fault_without(const char *function) { snprintf(lacking, sizeof lacking, "%s", function); }

void fault_arm(const char *below, const char *function, long number, int error, int how) {
  folder_count = 0;
  while (*below && folder_count < 8) {
    size_t length = strcspn(below, "\n");
    snprintf(folders[folder_count++], PATH_MAX, "%.*s", (int)length, below);
    below += length + (below[length] == '\n');
  }
  snprintf(wanted, sizeof wanted, "%s", function);
  wanted_number = number; wanted_errno = error; mode = how;
  memset(counts, 0, sizeof counts);
  armed_pid = (int)syscall(SYS_getpid);
}

#define REAL(type, name, args) \
  static type(*real) args; \
  if (!real) real = (type(*) args)dlsym(RTLD_NEXT, name)

#define OPENED(symbol, label) \
  int symbol(const char *path, int flags, ...) { \
    mode_t how = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list l; va_start(l, flags); how = va_arg(l, mode_t); va_end(l); } \
    REAL(int, #symbol, (const char *, int, ...)); \
    return fails(label, AT_FDCWD, path) ? -1 : real(path, flags, how); \
  }
OPENED(open, "open")
OPENED(open64, "open")
#define OPENED_AT(symbol, label) \
  int symbol(int dir, const char *path, int flags, ...) { \
    mode_t how = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list l; va_start(l, flags); how = va_arg(l, mode_t); va_end(l); } \
    REAL(int, #symbol, (int, const char *, int, ...)); \
    return fails(label, dir, path) ? -1 : real(dir, path, flags, how); \
  }
OPENED_AT(openat, "open")
OPENED_AT(openat64, "open")
#define FOPENED(symbol) \
  FILE *symbol(const char *path, const char *how) { \
    REAL(FILE *, #symbol, (const char *, const char *)); \
    return fails("open", AT_FDCWD, path) ? NULL : real(path, how); \
  }
FOPENED(fopen)
FOPENED(fopen64)
DIR *opendir(const char *path) {
  REAL(DIR *, "opendir", (const char *));
  return fails("opendir", AT_FDCWD, path) ? NULL : real(path);
}
DIR *fdopendir(int fd) {
  REAL(DIR *, "fdopendir", (int));
  return fails("opendir", fd, NULL) ? NULL : real(fd);
}
#define READDIR(symbol, type) \
  struct type *symbol(DIR *folder) { \
    REAL(struct type *, #symbol, (DIR *)); \
    return fails("readdir", dirfd(folder), NULL) ? NULL : real(folder); \
  }
READDIR(readdir, dirent)
READDIR(readdir64, dirent64)
ssize_t read(int fd, void *data, size_t size) {
  REAL(ssize_t, "read", (int, void *, size_t));
  return fails("read", fd, NULL) ? -1 : real(fd, data, size);
}
#define PREAD(symbol, off) \
  ssize_t symbol(int fd, void *data, size_t size, off at) { \
    REAL(ssize_t, #symbol, (int, void *, size_t, off)); \
    return fails("read", fd, NULL) ? -1 : real(fd, data, size, at); \
  }
PREAD(pread, off_t)
PREAD(pread64, off64_t)
ssize_t write(int fd, const void *data, size_t size) {
  REAL(ssize_t, "write", (int, const void *, size_t));
  return fails("write", fd, NULL) ? -1 : real(fd, data, size);
}
#define PWRITE(symbol, off) \
  ssize_t symbol(int fd, const void *data, size_t size, off at) { \
    REAL(ssize_t, #symbol, (int, const void *, size_t, off)); \
    return fails("write", fd, NULL) ? -1 : real(fd, data, size, at); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
int rename(const char *from, const char *to) {
  REAL(int, "rename", (const char *, const char *));
  return fails("rename", AT_FDCWD, to) ? -1 : real(from, to);
}
int renameat(int one, const char *from, int other, const char *to) {
  REAL(int, "renameat", (int, const char *, int, const char *));
  return fails("rename", other, to) ? -1 : real(one, from, other, to);
}
int renameat2(int one, const char *from, int other, const char *to, unsigned int how) {
  REAL(int, "renameat2", (int, const char *, int, const char *, unsigned int));
  return fails("renameat2", other, to) ? -1 : real(one, from, other, to, how);
}
int link(const char *from, const char *to) {
  REAL(int, "link", (const char *, const char *));
  return fails("link", AT_FDCWD, to) ? -1 : real(from, to);
}
int linkat(int one, const char *from, int other, const char *to, int how) {
  REAL(int, "linkat", (int, const char *, int, const char *, int));
  return fails("link", other, to) ? -1 : real(one, from, other, to, how);
}
int unlink(const char *path) {
  REAL(int, "unlink", (const char *));
  return fails("unlink", AT_FDCWD, path) ? -1 : real(path);
}
int unlinkat(int dir, const char *path, int how) {
  REAL(int, "unlinkat", (int, const char *, int));
  return fails(how & AT_REMOVEDIR ? "rmdir" : "unlink", dir, path) ? -1 : real(dir, path, how);
}
int mkdir(const char *path, mode_t how) {
  REAL(int, "mkdir", (const char *, mode_t));
  return fails("mkdir", AT_FDCWD, path) ? -1 : real(path, how);
}
int mkdirat(int dir, const char *path, mode_t how) {
  REAL(int, "mkdirat", (int, const char *, mode_t));
  return fails("mkdir", dir, path) ? -1 : real(dir, path, how);
}
int rmdir(const char *path) {
  REAL(int, "rmdir", (const char *));
  return fails("rmdir", AT_FDCWD, path) ? -1 : real(path);
}
int chmod(const char *path, mode_t how) {
  REAL(int, "chmod", (const char *, mode_t));
  return fails("chmod", AT_FDCWD, path) ? -1 : real(path, how);
}
int fchmod(int fd, mode_t how) {
  REAL(int, "fchmod", (int, mode_t));
  return fails("chmod", fd, NULL) ? -1 : real(fd, how);
}
int fchmodat(int dir, const char *path, mode_t how, int flags) {
  REAL(int, "fchmodat", (int, const char *, mode_t, int));
  return fails("chmod", dir, path) ? -1 : real(dir, path, how, flags);
}
int flock(int fd, int how) {
  REAL(int, "flock", (int, int));
  return fails("flock", fd, NULL) ? -1 : real(fd, how);
}
int fsync(int fd) {
  REAL(int, "fsync", (int));
  return fails("sync", fd, NULL) ? -1 : real(fd);
}
int syncfs(int fd) {
  REAL(int, "syncfs", (int));
  return fails("sync", fd, NULL) ? -1 : real(fd);
}
int close(int fd) {
  REAL(int, "close", (int));
  int failed = fails("close", fd, NULL), before = errno, done = real(fd);
  if (failed) errno = before;
  return failed ? -1 : done;
}
int access(const char *path, int how) {
  REAL(int, "access", (const char *, int));
  return fails("access", AT_FDCWD, path) ? -1 : real(path, how);
}
#define STATTED(symbol, type, label) \
  int symbol(const char *path, struct type *out) { \
    REAL(int, #symbol, (const char *, struct type *)); \
    return fails(label, AT_FDCWD, path) ? -1 : real(path, out); \
  }
STATTED(stat, stat, "stat")
STATTED(lstat, stat, "stat")
STATTED(stat64, stat64, "stat")
STATTED(lstat64, stat64, "stat")
#define FSTATTED(symbol, type) \
  int symbol(int fd, struct type *out) { \
    REAL(int, #symbol, (int, struct type *)); \
    return fails("fstat", fd, NULL) ? -1 : real(fd, out); \
  }
FSTATTED(fstat, stat)
FSTATTED(fstat64, stat64)
#define STATTED_AT(symbol, type) \
  int symbol(int dir, const char *path, struct type *out, int how) { \
    REAL(int, #symbol, (int, const char *, struct type *, int)); \
    return fails("stat", dir, path) ? -1 : real(dir, path, out, how); \
  }
STATTED_AT(fstatat, stat)
STATTED_AT(fstatat64, stat64)
int statx(int dir, const char *restrict path, int flags, unsigned int mask, struct statx *restrict out) {
  REAL(int, "statx", (int, const char *, int, unsigned int, struct statx *));
  return fails("stat", dir, path) ? -1 : real(dir, path, flags, mask, out);
}
