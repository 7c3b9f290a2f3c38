/*
 * cli/plugin: a compiled handler, described for the person who found the file.
 *
 * Purpose    `beffroi check x.so`: name, version, ABI, hooks, options with presets and help, fields
 *            that it adds with types and units, build id, and whether this server takes it.
 * Faults     the file is loaded in a child process (plugin/inspect); what it says is printed with
 *            its control characters as dots.
 */
#ifndef BF_CLI_PLUGIN_H
#define BF_CLI_PLUGIN_H

#include <stdbool.h>

bool bf_plugin_is_file(const char *path); /* a file whose name ends with .so */

/* On stdout; why it is refused on stderr. false: refused. */
bool bf_plugin_print(const char *path);

#endif
