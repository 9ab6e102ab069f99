/*
 * A new file with given bytes. Never one that exists: nothing is overwritten, no link followed,
 * and nobody else may read it.
 */
#ifndef TUI_EXPORT_FILE_H
#define TUI_EXPORT_FILE_H

#include "base/err.h"
#include "base/slice.h"
#include "base/str.h"

/* Appends `path` with a leading "~/" replaced by HOME; -1 with err when there is no HOME. */
int export_path(struct str *out, struct slice path, struct err *err);

/* Writes it all, or -1 with err in words and no file. Any thread; as long as the disk takes. */
int export_save(const char *path, struct slice bytes, struct err *err);

#endif
