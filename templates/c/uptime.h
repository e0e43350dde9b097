#ifndef UPTIME_H
#define UPTIME_H
#include <stdbool.h>
#include <stddef.h>

// Reads the first number of /proc/uptime, in seconds. What does not parse is no number: false.
bool parse_uptime(const char *text, size_t length, double *seconds);
#endif
