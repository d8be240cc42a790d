#!/bin/sh
# PostgreSQL of Debian, whatever its version: postgres.sh init | serve, or a command that finds this database, as in postgres.sh psql.
set -eu
cd "$(dirname "$0")"
PATH="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1):$PATH"
# Its socket is in its directory: no port, and nobody but its own user gets there.
export PGHOST="$PWD/run/postgres"
case "$1" in
  # A cluster that is there stays as it is. One that was not finished is begun anew.
  init)
    [ ! -e run/postgres/cluster/PG_VERSION ] || exit 0
    rm -rf run/postgres/new
    initdb --pgdata run/postgres/new --auth peer --encoding UTF8 --locale C
    mv run/postgres/new run/postgres/cluster
    ;;
  serve) exec postgres -D run/postgres/cluster -c listen_addresses= -c unix_socket_directories="$PGHOST" ;;
  *) exec "$@" ;;
esac
