/* undo.h - what the files of the Undo methods share. */
#ifndef API_METHODS_UNDO_H
#define API_METHODS_UNDO_H

#include "methods/common.h"
#include "store/undo.h"

/* Whether it is about an account of the scope. */
bool undo_is_in_scope(const struct store_undo *u, const struct scope *scope);

#endif
