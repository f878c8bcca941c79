/*
 * embed.h - files that are part of the programs; make writes them as arrays,
 * each with a NUL behind its last byte.
 */
#ifndef WM_EMBED_H
#define WM_EMBED_H

#include <stddef.h>

extern const char embed_boot_sql[];	/* common/boot.sql */
extern const size_t embed_boot_sql_len;
extern const char embed_closure_sql[];	/* wm-diff/sql/closure.sql */
extern const size_t embed_closure_sql_len;
extern const char embed_attached_sql[];	/* wm-diff/sql/attached.sql */
extern const size_t embed_attached_sql_len;
extern const char embed_tables_sql[];	/* wm-diff/sql/tables.sql */
extern const size_t embed_tables_sql_len;
extern const char embed_dictionary_json[];	/* the dictionary's objects */
extern const size_t embed_dictionary_json_len;

#endif
