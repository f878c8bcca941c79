#!/bin/bash
# What nobody declared hangs on tables, and stays when these change.
. "$(dirname "$0")/../lib.sh"
. "$TESTS/db/tables.sh"
law "$TESTS/db/tables_kept.cases"
