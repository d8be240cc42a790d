/* The child of every measure, static and tiny. What it does is its first argument:
 *   idle  FILE             one byte to FILE, then sleep for ever
 *   mark  FILE             "PID NANOSECONDS\n" (monotonic clock) to FILE, then sleep for ever
 *   once  FILE             the same as mark, then end
 *   block FILE GO BYTES    wait for file GO, write BYTES in blocks of 64 KiB to stdout, then "0 START END\n" to FILE, sleep
 *   line  FILE GO BYTES    the same with one write for each line of 100 bytes */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void append(const char *file, const char *text, size_t size) {
  int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0 || write(fd, text, size) != (ssize_t)size) _exit(3);
  close(fd);
}

static void all(const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t n = write(1, bytes, size);
    if (n <= 0) _exit(4);
    bytes += n;
    size -= (size_t)n;
  }
}

int main(int count, char **words) {
  char text[100];
  if (count < 3) return 2;
  long long at = now();
  if (strcmp(words[1], "idle") == 0) {
    append(words[2], ".", 1);
  } else if (strcmp(words[1], "mark") == 0 || strcmp(words[1], "once") == 0) {
    append(words[2], text, (size_t)snprintf(text, sizeof text, "%d %lld\n", (int)getpid(), at));
    if (words[1][0] == 'o') return 0;
  } else {
    if (count < 5) return 2;
    size_t unit = words[1][0] == 'b' ? 65536 : 100;
    char *bytes = malloc(unit);
    for (size_t i = 0; i < unit; i++) bytes[i] = i % 100 == 99 ? '\n' : 'x';
    while (access(words[3], F_OK) != 0) usleep(2000);
    at = now();
    for (long long left = atoll(words[4]); left > 0; left -= (long long)unit) all(bytes, unit);
    append(words[2], text, (size_t)snprintf(text, sizeof text, "%d %lld %lld\n", 0, at, now()));
  }
  for (;;) pause();
}
