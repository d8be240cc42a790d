#!/bin/sh
# Makes the directories that each program may write to. As root, once (a Dockerfile would do it).
set -eu
cd "$(dirname "$0")"
install -d -m 0755 run
install -d -m 0755 -o redis -g redis run/redis
install -d -m 0755 -o www-data -g www-data run/nginx
install -d -m 0700 run/state
