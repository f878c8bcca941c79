/*
 * embed.h - files that are part of the programs; make writes them as arrays,
 * each with a NUL behind its last byte.
 */
#ifndef WM_EMBED_H
#define WM_EMBED_H

#include <stddef.h>

extern const char embed_boot_sql[];
extern const size_t embed_boot_sql_len;
extern const char embed_prints_sql[];	/* common/prints.sql */
extern const size_t embed_prints_sql_len;
extern const char embed_attached_sql[];	/* wm-diff/sql/attached.sql */
extern const size_t embed_attached_sql_len;
extern const char embed_inherited_sql[];
extern const char embed_parted_sql[];	/* wm-diff/sql/parted.sql */
extern const char embed_copies_sql[];	/* wm-diff/sql/copies.sql */
extern const char embed_aside_sql[];	/* wm-diff/sql/aside.sql */
extern const char embed_check_names_sql[]; /* wm-diff/sql/check_names.sql */
extern const char embed_whole_sql[];	/* wm-diff/sql/whole.sql */
extern const char embed_bounds_sql[];	/* wm-diff/sql/bounds.sql */
extern const char embed_regroup_sql[];	/* wm-diff/sql/regroup.sql */
extern const char embed_move_sql[];	/* wm-diff/sql/move.sql */
extern const char embed_keys_sql[];	/* wm-diff/sql/keys.sql */
extern const char embed_runtime_sql[];	/* wm-diff/sql/runtime.sql */
extern const char embed_runtime_make_sql[]; /* ... runtime_make.sql */
extern const char embed_heirs_sql[];	/* wm-diff/sql/heirs.sql */
extern const char embed_carry_sql[];	/* wm-diff/sql/carry.sql */
extern const char embed_tables_sql[];	/* wm-diff/sql/tables.sql */
extern const size_t embed_tables_sql_len;
extern const char embed_loader_sql[];	/* common/loader.sql */
extern const size_t embed_loader_sql_len;
extern const char embed_catalog_sql[];	/* common/catalog.sql */
extern const size_t embed_catalog_sql_len;
extern const char embed_fill_tables_sql[];	/* wm-release/sql/fill_*.sql */
extern const size_t embed_fill_tables_sql_len;
extern const char embed_fill_columns_sql[];
extern const size_t embed_fill_columns_sql_len;
extern const char embed_fill_rules_sql[];
extern const size_t embed_fill_rules_sql_len;
extern const char embed_dictionary_json[];	/* the dictionary's objects */
extern const size_t embed_dictionary_json_len;

extern const char embed_doc_css[];	/* wm-release/doc/doc.css */
extern const char embed_doc_js[];	/* wm-release/doc/doc.js */

/* wm-diff/sql/find.sql and closure.sql: their queries */
extern const char embed_find_column[];
extern const char embed_find_constraint[];
extern const char embed_find_relation[];
extern const char embed_find_function[];
extern const char embed_find_trigger[];
extern const char embed_find_rule[];
extern const char embed_find_policy[];
extern const char embed_find_type[];
extern const char embed_find_schema[];
extern const char embed_find_extension[];
extern const char embed_find_language[];
extern const char embed_find_operator[];
extern const char embed_closure_users[];
extern const char embed_find_named[];
extern const char embed_closure_casters[];
extern const char embed_closure_walk[];
extern const char embed_closure_relation[];
extern const char embed_closure_function[];
extern const char embed_closure_trigger[];
extern const char embed_closure_rule[];
extern const char embed_closure_policy[];
extern const char embed_closure_constraint[];
extern const char embed_closure_default[];
extern const char embed_closure_type[];
extern const char embed_closure_operator[];
extern const char embed_closure_extension[];
extern const char embed_closure_publication[];
extern const char embed_closure_published[];
extern const char embed_closure_named[];
extern const char embed_closure_other[];
extern const char embed_closure_needs[];
extern const char embed_closure_facts[];

#endif
