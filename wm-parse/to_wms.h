/*
 * to_wms.h - an object list as text of the source language.
 */
#ifndef TO_WMS_H
#define TO_WMS_H

#include "parse.h"

/*
 * to_wms_write - write the list, one file MODULE.wms for each module; read
 * again, they give the same list. Where the short form of an object's command
 * would not, "object" is used, which takes everything as it is.
 *
 * dir   folder that the files go to, made where it is missing; "-": standard
 *       output, one module behind the other
 *
 * Returns false once the failure has been reported.
 */
WM_MUST bool to_wms_write(struct parse *p, const char *dir);

#endif
