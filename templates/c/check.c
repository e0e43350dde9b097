// How long the host is up. The contract's functions and types are in vendor/check.h.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "uptime.h"

static const char UPTIME[] = "/proc/uptime";
static const char DESCRIPTOR[] =
    "{\"name\":\"sample_check\",\"version\":\"0.1.0\",\"summary\":\"how long the host is up\","
    "\"metrics\":[{\"name\":\"up\",\"help\":\"since the host was started\",\"unit\":\"seconds\"}],"
    "\"needs\":[{\"capability\":\"files\",\"pattern\":\"/proc/uptime\",\"reason\":\"when the host was started\"}]}";

void exports_roundsman_check_guest_describe(check_string_t *ret) { check_string_dup(ret, DESCRIPTOR); }

void exports_roundsman_check_guest_validate(check_string_t *config, check_string_t *ret) {
  bool empty = config->len == 2;
  check_string_free(config);
  check_string_dup(ret, empty ? "{}" : "{\"problems\":[{\"message\":\"this check has no options\"}]}");
}

static bool failed(roundsman_check_types_failure_t *err, const char *message) {
  memset(err, 0, sizeof *err);
  check_string_dup(&err->message, message);
  err->cause.tag = ROUNDSMAN_CHECK_TYPES_CAUSE_OTHER;
  return false;
}

bool exports_roundsman_check_guest_run(check_string_t *config, exports_roundsman_check_guest_outcome_t *ret,
                                       exports_roundsman_check_guest_failure_t *err) {
  check_string_free(config);
  check_string_t path;
  check_string_set(&path, UPTIME);
  check_list_u8_t text;
  roundsman_check_files_error_t error;
  if (!roundsman_check_files_read(&path, &text, &error)) {
    // The host's error is passed on, with the path: the host then says what to grant.
    memset(err, 0, sizeof *err);
    check_string_dup(&err->message, UPTIME);
    err->cause.tag = ROUNDSMAN_CHECK_TYPES_CAUSE_HOST;
    err->cause.val.host = error;
    return false;
  }
  double seconds;
  bool parsed = parse_uptime((const char *)text.ptr, text.len, &seconds);
  free(text.ptr);
  if (!parsed) return failed(err, "/proc/uptime: the first column is not a number");

  memset(ret, 0, sizeof *ret);
  char summary[64];
  snprintf(summary, sizeof summary, "up for %.0f hours", seconds / 3600);
  check_string_dup(&ret->summary, summary);
  ret->metrics.ptr = calloc(1, sizeof *ret->metrics.ptr);
  ret->metrics.len = 1;
  check_string_dup(&ret->metrics.ptr[0].name, "up");
  ret->metrics.ptr[0].value = seconds;
  ret->metrics.ptr[0].unit.tag = ROUNDSMAN_CHECK_TYPES_UNIT_SECONDS;
  return true;
}
