#undef NDEBUG
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "uptime.h"

static bool parses(const char *text, double wanted) {
  double seconds = 0;
  return parse_uptime(text, strlen(text), &seconds) && seconds > wanted - 1e-6 && seconds < wanted + 1e-6;
}

int main(void) {
  double seconds;
  assert(parses("350735.47 234388.90\n", 350735.47));
  assert(parses("7 1\n", 7));
  assert(!parse_uptime("", 0, &seconds));
  assert(!parse_uptime("soon 1\n", 7, &seconds));
  assert(!parse_uptime("7x 1\n", 5, &seconds));
  puts("ok");
  return 0;
}
