/*
 * extensions.h - what only the server knows of extensions: what they bring, and
 * which versions they can be brought to.
 */
#ifndef EXTENSIONS_H
#define EXTENSIONS_H

#include "diff.h"
/*
 * extensions_path - whether the database's one can become a version by its
 * scripts; true where the database cannot be asked.
 */
bool extensions_path(struct diff *d, struct change *c, const char *version);

/*
 * extensions_clash - whether something that is new takes a name of what an
 * extension has brought, which goes: then the extension has to go before.
 */
bool extensions_clash(struct diff *d, struct change *c);

/*
 * extensions_bring - whether an extension that comes with the plan may bring
 * something by this name.
 */
bool extensions_bring(struct diff *d, const struct ident *id);

#endif
