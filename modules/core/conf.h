/*
 * core/conf: the settings of a process.
 *
 * Source     the file named by $BEFFROI_CONF (lines `key = value`, `#` starts a comment), then
 *            $BEFFROI_<KEY> for single keys, then the presets of settings.def. Unknown keys, bad
 *            numbers and values out of range are errors that name the file, the line and what would
 *            be right.
 * Ownership  texts live inside the struct.
 */
#ifndef BF_CORE_CONF_H
#define BF_CORE_CONF_H

#include "core/buf.h"
#include "core/err.h"

#define BF_CONF_TEXT 1024

struct bf_conf {
#define BF_SETTING_TEXT(name) char name[BF_CONF_TEXT];
#define BF_SETTING_NUMBER(name) int64_t name;
#define BF_SETTING(kind, name, preset, least, most, help) BF_SETTING_##kind(name)
#include "core/settings.def"
#undef BF_SETTING
#undef BF_SETTING_TEXT
#undef BF_SETTING_NUMBER
};

/* Reads everything. path NULL: $BEFFROI_CONF, or presets and environment alone when that is not
 * set. */
bool bf_conf_load(struct bf_conf *conf, const char *path, struct bf_err *err);

/* `key = value` lines with their help as comments. */
void bf_conf_print(const struct bf_conf *conf, struct bf_buf *out);

#endif
