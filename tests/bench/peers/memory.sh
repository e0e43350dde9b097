#!/bin/sh
# Memory in use, as a plugin in shell: cat, awk and test.
text=$(cat /proc/meminfo) || exit 3
used=$(echo "$text" | awk '/^MemTotal:/ { total = $2 } /^MemAvailable:/ { free = $2 } END { printf "%.1f", 100 * (1 - free / total) }')
whole=${used%.*}
state=OK code=0
if test "$whole" -ge 95; then state=CRITICAL code=2; elif test "$whole" -ge 90; then state=WARNING code=1; fi
echo "$state: memory used $used% | used_percent=$used%;90;95"
exit $code
