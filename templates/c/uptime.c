#include "uptime.h"

bool parse_uptime(const char *text, size_t length, double *seconds) {
  double whole = 0, fraction = 0, weight = 1;
  size_t at = 0, digits = 0;
  for (; at < length && text[at] >= '0' && text[at] <= '9'; at++, digits++) whole = whole * 10 + (text[at] - '0');
  if (digits == 0) return false;
  if (at < length && text[at] == '.') {
    for (at++; at < length && text[at] >= '0' && text[at] <= '9'; at++) {
      weight /= 10;
      fraction += (text[at] - '0') * weight;
    }
  }
  *seconds = whole + fraction;
  return at < length && (text[at] == ' ' || text[at] == '\n');
}
