#include "core/conf.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { TEXT, NUMBER };

struct setting {
    enum kind kind;
    const char *name;
    const char *preset_text;
    int64_t preset_number;
    int64_t least, most;
    const char *help;
    size_t offset; /* in struct bf_conf */
};

#define PRESET_TEXT(preset) .preset_text = (preset)
#define PRESET_NUMBER(preset) .preset_number = (preset)

static const struct setting settings[] = {
#define BF_SETTING(kind_, name_, preset, least_, most_, help_) \
    {.kind = kind_,                                            \
     .name = #name_,                                           \
     PRESET_##kind_(preset),                                   \
     .least = least_,                                          \
     .most = most_,                                            \
     .help = help_,                                            \
     .offset = offsetof(struct bf_conf, name_)},
#include "core/settings.def"
#undef BF_SETTING
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

static char *text_of(struct bf_conf *conf, const struct setting *s)
{
    return (char *)conf + s->offset;
}

static int64_t *number_of(struct bf_conf *conf, const struct setting *s)
{
    return (int64_t *)(void *)((char *)conf + s->offset);
}

static bool set_number(struct bf_conf *conf, const struct setting *s, const char *value,
                       const char *where, struct bf_err *err)
{
    char *end;
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (errno || end == value || *end || n < s->least || n > s->most)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "%s: %s is '%s', but a whole number from %" PRId64 " to %" PRId64
                            " is expected",
                            where, s->name, value, s->least, s->most);
    *number_of(conf, s) = n;
    return true;
}

static bool set(struct bf_conf *conf, const struct setting *s, const char *value, const char *where,
                struct bf_err *err)
{
    if (s->kind == NUMBER)
        return set_number(conf, s, value, where, err);
    size_t n = strlen(value);
    if ((int64_t)n < s->least || (int64_t)n > s->most)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "%s: %s has %zu bytes, but %" PRId64 " to %" PRId64 " are expected",
                            where, s->name, n, s->least, s->most);
    memcpy(text_of(conf, s), value, n + 1);
    return true;
}

static const struct setting *find(struct bf_str name)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (bf_str_eq(name, bf_str_of(settings[i].name)))
            return &settings[i];
    return NULL;
}

static bool read_line(struct bf_conf *conf, char *line, const char *where, struct bf_err *err)
{
    struct bf_str value;
    struct bf_str text = bf_str_trim(bf_str_of(line));
    if (text.n == 0 || text.p[0] == '#')
        return true;
    struct bf_str name = bf_str_trim(bf_str_cut(text, '=', &value));
    value = bf_str_trim(value);
    const struct setting *s = find(name);
    if (!s || !value.p)
        return BF_FAIL_WITH(err, BF_E_PARAMETER,
                            "%s: '%.*s' is not a setting; lines read `key = value`, and "
                            "`beffroi conf` prints every key",
                            where, BF_STR_ARG(name));
    line[(size_t)(value.p - line) + value.n] = '\0';
    return set(conf, s, value.p, where, err);
}

static bool read_file(struct bf_conf *conf, const char *path, struct bf_err *err)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return BF_FAIL_WITH(err, BF_E_PARAMETER, "%s: %s", path, strerror(errno));
    char *line = NULL;
    size_t room = 0;
    bool ok = true;
    for (int number = 1; ok && getline(&line, &room, file) >= 0; number++) {
        char where[512];
        snprintf(where, sizeof where, "%s:%d", path, number);
        ok = read_line(conf, line, where, err);
    }
    free(line);
    fclose(file);
    return ok;
}

static bool read_environment(struct bf_conf *conf, struct bf_err *err)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        char name[64] = "BEFFROI_";
        for (size_t n = 8, j = 0; settings[i].name[j]; j++)
            name[n++] = (char)toupper((unsigned char)settings[i].name[j]);
        const char *value = getenv(name);
        if (value && !set(conf, &settings[i], value, name, err))
            return false;
    }
    return true;
}

bool bf_conf_load(struct bf_conf *conf, const char *path, struct bf_err *err)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (settings[i].kind == TEXT)
            memcpy(text_of(conf, &settings[i]), settings[i].preset_text,
                   strlen(settings[i].preset_text) + 1);
        else
            *number_of(conf, &settings[i]) = settings[i].preset_number;
    }
    if (!path)
        path = getenv("BEFFROI_CONF");
    return (!path || read_file(conf, path, err)) && read_environment(conf, err);
}

void bf_conf_print(const struct bf_conf *conf, struct bf_buf *out)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        const char *at = (const char *)conf + s->offset;
        bf_buf_printf(out, "# %s\n%s = ", s->help, s->name);
        if (s->kind == TEXT)
            bf_buf_text(out, at);
        else
            bf_buf_i64(out, *(const int64_t *)(const void *)at);
        bf_buf_char(out, '\n');
    }
}
