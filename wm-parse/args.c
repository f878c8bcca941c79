#include "args.h"

const char *
args_unabbrev(const struct abbrev *table, const char *word)
{
	size_t len = strlen(word);

	for (; table->full != NULL; table++) {
		if (strcmp(word, table->std) == 0)
			return word;
		if (len >= table->min && strncmp(word, table->full, len) == 0)
			return table->std;
	}
	return word;
}

void
args_fill(Tcl_Obj *list, const char *const *positional, size_t n)
{
	Tcl_Obj *word;
	size_t used = 0;
	int words;

	Tcl_ListObjLength(NULL, list, &words);
	for (int i = 0; i < words && used < n; i += 2) {
		Tcl_ListObjIndex(NULL, list, i, &word);
		if (Tcl_GetString(word)[0] == '-')
			continue;
		word = Tcl_NewStringObj(positional[used++], -1);
		Tcl_ListObjReplace(NULL, list, i, 0, 1, &word);
		words++;
	}
}

void
args_expand(Tcl_Obj *list, const struct abbrev *table)
{
	Tcl_Obj *word;
	int n;

	Tcl_ListObjLength(NULL, list, &n);
	for (int i = 0; i < n; i += 2) {
		const char *s, *full;

		Tcl_ListObjIndex(NULL, list, i, &word);
		s = Tcl_GetString(word);
		if (s[0] != '-')
			continue;
		full = args_unabbrev(table, s + 1);
		if (strcmp(full, s + 1) == 0)
			continue;
		word = Tcl_ObjPrintf("-%s", full);
		Tcl_ListObjReplace(NULL, list, i, 1, 1, &word);
	}
}

Tcl_Obj *
args_take(Tcl_Obj *list, const char *name)
{
	Tcl_Obj *value = NULL, *word;
	int n;

	Tcl_ListObjLength(NULL, list, &n);
	for (int i = 0; i < n;) {
		Tcl_ListObjIndex(NULL, list, i, &word);
		if (strcmp(Tcl_GetString(word), name) != 0) {
			i++;
			continue;
		}
		if (value != NULL)
			Tcl_DecrRefCount(value);
		value = NULL;
		if (i + 1 < n) {
			Tcl_ListObjIndex(NULL, list, i + 1, &value);
			Tcl_IncrRefCount(value);
		}
		Tcl_ListObjReplace(NULL, list, i, 2, 0, NULL);
		Tcl_ListObjLength(NULL, list, &n);
	}
	return value;
}
