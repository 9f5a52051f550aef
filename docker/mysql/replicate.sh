#!/bin/sh
# Makes mysql-replica follow mysql by GTID, and read-only. Runs beside both, with MYSQL_PWD of root and REPLICATION_PASSWORD,
# which may have no quote in it. Again, it changes nothing.
set -eu
source_() { mysql --host="${SOURCE_HOST:-mysql}" --port="${SOURCE_PORT:-3306}" --user=root "$@"; }
replica() { mysql --host="${REPLICA_HOST:-mysql-replica}" --port="${REPLICA_PORT:-3306}" --user=root "$@"; }

# What follows is for each server alone: replicated, it would be done twice.
source_ <<SQL
SET sql_log_bin = 0;
CREATE USER IF NOT EXISTS replication@'%' IDENTIFIED BY '$REPLICATION_PASSWORD';
ALTER USER replication@'%' IDENTIFIED BY '$REPLICATION_PASSWORD' REQUIRE SSL;
GRANT REPLICATION SLAVE ON *.* TO replication@'%';
SQL

if [ -n "$(replica --skip-column-names --execute='SELECT 1 FROM performance_schema.replication_connection_configuration')" ]; then
  replica --execute='START REPLICA'
else
  # What the image wrote when it made the replica is its own, and no part of what it follows.
  replica <<SQL
RESET BINARY LOGS AND GTIDS;
CHANGE REPLICATION SOURCE TO SOURCE_HOST='${SOURCE_HOST:-mysql}', SOURCE_PORT=${SOURCE_PORT:-3306}, SOURCE_USER='replication',
  SOURCE_PASSWORD='$REPLICATION_PASSWORD', SOURCE_AUTO_POSITION=1, SOURCE_SSL=1;
START REPLICA;
SQL
fi
replica --execute='SET PERSIST super_read_only = ON'
replica --vertical --execute='SHOW REPLICA STATUS' | grep -E 'Running:|Last_.*Error:|Seconds_Behind'
