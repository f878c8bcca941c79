#!/bin/bash
# Changes of tables that inherit, of partitioned tables and of partitions; the
# cases are in inherit.cases, kinds.sh says how they are written.
. "$(dirname "$0")/../lib.sh"
. "$TESTS/db/kinds.sh"

run_cases "$TESTS/db/inherit.cases"
done_testing
