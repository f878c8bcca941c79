#!/bin/bash
# Tables that have to be made anew: the law of tables.t, with --allow rebuild
# and --column-order.
. "$(dirname "$0")/../lib.sh"
. "$TESTS/db/tables.sh"
law "$TESTS/db/tables_rebuild.cases" --allow rebuild --column-order
