/*
 * plugin/build_id: the mark that the linker gave a compiled handler.
 *
 * Purpose    which build of a handler a file is (NT_GNU_BUILD_ID, the one that debuggers and
 *            `file` know), read from the file without running anything of it.
 * Errors     none is told: a file without one, or that is no ELF of this machine, has none. The
 *            file is not trusted: every offset in it is held against its size.
 */
#ifndef BF_PLUGIN_BUILD_ID_H
#define BF_PLUGIN_BUILD_ID_H

#include <stdbool.h>

enum { BF_BUILD_ID_BYTES = 32, BF_BUILD_ID_TEXT = 2 * BF_BUILD_ID_BYTES + 1 };

bool bf_plugin_build_id(const char *path, char out[BF_BUILD_ID_TEXT]);

#endif
