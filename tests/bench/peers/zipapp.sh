#!/bin/bash
# The zipapp as cron runs it: 128 MB of address space, all output appended to a log. PYZ and LOG_FILE say where.
ulimit -v 128000
/usr/bin/python3 "$PYZ" "$@" 2>&1 | tee -a "$LOG_FILE"
