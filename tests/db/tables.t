#!/bin/bash
# The law for tables: a table that was brought along by the tools is like one
# built fresh from the new text; its rows are as the migrations say; nothing
# is left to do then. Each case of tables.cases by itself, then all in one
# plan. ONLY=PATTERN runs those whose name matches; KEEP=DIR keeps the files.
. "$(dirname "$0")/../lib.sh"
. "$TESTS/db/tables.sh"
law "$TESTS/db/tables.cases"
