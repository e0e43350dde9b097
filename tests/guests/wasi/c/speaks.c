// A check in C with the ordinary library: what its option `do` says, by what C programmers know.
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static const char DESCRIPTOR[] =
    "{\"name\":\"speaks\",\"version\":\"0.1.0\",\"summary\":\"clock %lld, file %s\",\"options\":"
    "[{\"key\":\"do\",\"type\":\"text\",\"help\":\"what it does\"}]}";

void exports_roundsman_check_guest_describe(check_string_t *ret) {
  // What it sees of the host meanwhile, for whoever inspects it.
  char described[512];
  FILE *file = fopen("/etc/hostname", "r");
  snprintf(described, sizeof described, DESCRIPTOR, (long long)time(NULL), file == NULL ? "false" : "true");
  check_string_dup(ret, described);
}

void exports_roundsman_check_guest_validate(check_string_t *config, check_string_t *ret) {
  check_string_free(config);
  check_string_dup(ret, "{}");
}

// Does what is asked for, and writes what came of it into `said`.
static void act(const char *asked, char *said, size_t room) {
  if (strstr(asked, "\"print\"") != NULL) {
    printf("to standard output\n");
    fprintf(stderr, "to standard error\n");
    fflush(stdout);
    snprintf(said, room, "printed");
  } else if (strstr(asked, "\"time\"") != NULL) {
    snprintf(said, room, "%lld", (long long)time(NULL));
  } else if (strstr(asked, "\"random\"") != NULL) {
    unsigned char bytes[8];
    getentropy(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(said + 2 * i, room - 2 * i, "%02x", bytes[i]);
  } else if (strstr(asked, "\"open\"") != NULL) {
    FILE *file = fopen("/etc/hostname", "r");
    snprintf(said, room, "%s", file == NULL ? strerror(errno) : "it was opened");
  } else if (strstr(asked, "\"write\"") != NULL) {
    FILE *file = fopen("/tmp/written", "w");
    snprintf(said, room, "%s", file == NULL ? strerror(errno) : "it was opened");
  } else if (strstr(asked, "\"list\"") != NULL) {
    DIR *directory = opendir("/");
    snprintf(said, room, "%s", directory == NULL ? strerror(errno) : "it was opened");
  } else if (strstr(asked, "\"much random\"") != NULL) {
    static unsigned char bytes[1 << 20];
    for (size_t i = 0; i < sizeof bytes; i += 256) {
      if (getentropy(bytes + i, 256) != 0) snprintf(said, room, "%s", strerror(errno));
    }
    snprintf(said, room, "%zu", sizeof bytes);
  } else if (strstr(asked, "\"environment\"") != NULL) {
    snprintf(said, room, "%s", getenv("PATH") == NULL ? "no PATH" : getenv("PATH"));
  } else if (strstr(asked, "\"exit\"") != NULL) {
    fprintf(stderr, "giving up\n");
    exit(3);
  } else if (strstr(asked, "\"abort\"") != NULL) {
    fprintf(stderr, "assertion failed: x > 0\n");
    abort();
  } else if (strstr(asked, "\"sleep\"") != NULL) {
    usleep(50 * 1000);
    snprintf(said, room, "slept");
  } else if (strstr(asked, "\"sleep forever\"") != NULL) {
    for (;;) sleep(1000);
  } else if (strstr(asked, "\"flood\"") != NULL) {
    for (int i = 0; i < 1000000; i++) printf("line %d\n", i);
    snprintf(said, room, "flooded");
  } else {
    snprintf(said, room, "nothing");
  }
}

bool exports_roundsman_check_guest_run(check_string_t *config, exports_roundsman_check_guest_outcome_t *ret,
                                       exports_roundsman_check_guest_failure_t *err) {
  (void)err;
  char said[256] = "";
  char *asked = strndup((const char *)config->ptr, config->len);
  act(asked, said, sizeof said);
  free(asked);
  check_string_free(config);
  memset(ret, 0, sizeof *ret);
  check_string_dup(&ret->summary, said);
  return true;
}
