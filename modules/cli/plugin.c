#include "cli/plugin.h"

#include "cli/say.h"
#include "plugin/build_id.h"
#include "plugin/inspect.h"
#include "value/type.h"

#include <string.h>
#include <sys/stat.h>

enum { MEMORY = 8 << 20, ROOM = 1 << 20 };

bool bf_plugin_is_file(const char *path)
{
    struct stat st;
    size_t n = strlen(path);
    return n > 3 && strcmp(path + n - 3, ".so") == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Texts of the file: a terminal must not obey them. */
static void put_plain(struct bf_buf *b, struct bf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool c1 = c == 0xC2 && i + 1 < s.n && ((unsigned char)s.p[i + 1] & 0xE0) == 0x80;
        if (c < 0x20 || c == 0x7F)
            bf_buf_char(b, '.');
        else if (c1) {
            bf_buf_char(b, '.');
            i++;
        } else
            bf_buf_char(b, s.p[i]);
    }
}

static void put_after(struct bf_buf *b, const char *mark, struct bf_str s)
{
    if (s.n == 0)
        return;
    bf_buf_text(b, mark);
    put_plain(b, s);
}

static void put_hooks(struct bf_buf *b, unsigned hooks)
{
    static const char *const names[] = {"open", "rewrite", "source", "row", "finish", "close"};
    const char *mark = "  hooks     ";
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!(hooks & 1u << i))
            continue;
        bf_buf_printf(b, "%s%s", mark, names[i]);
        mark = ", ";
    }
    bf_buf_text(b, hooks ? "\n" : "  hooks     none: it does nothing\n");
}

static void put_options(struct bf_buf *b, const struct bf_plugin_facts *f)
{
    for (size_t i = 0; i < f->noptions; i++) {
        const struct bf_plugin_option *o = &f->options[i];
        bf_buf_text(b, i ? "            " : "  options   ");
        put_plain(b, o->key);
        bf_buf_printf(b, "  %s, ", bf_type_info(o->type)->name);
        if (o->required)
            bf_buf_text(b, "must be given");
        else
            bf_buf_text(b, "preset \"");
        put_plain(b, o->preset);
        bf_buf_text(b, o->required ? "" : "\"");
        put_after(b, ": ", o->help);
        bf_buf_char(b, '\n');
    }
}

static void put_adds(struct bf_buf *b, const struct bf_plugin_facts *f)
{
    for (size_t i = 0; i < f->nadds; i++) {
        const struct bf_manifest_field *field = &f->adds[i];
        bf_buf_text(b, i ? "            " : "  adds      ");
        put_plain(b, field->column.name);
        bf_buf_printf(b, "  %s", bf_type_info(field->column.type)->name);
        put_after(b, ", unit ", field->unit);
        put_after(b, ": ", field->label.fr);
        bf_buf_char(b, '\n');
    }
}

static void put_facts(struct bf_buf *b, const struct bf_plugin_facts *f)
{
    bf_buf_text(b, "  handler   ");
    put_plain(b, f->name);
    put_after(b, " ", f->version);
    put_after(b, ": ", f->summary);
    bf_buf_printf(b, "\n  ABI       %u.%u\n", f->major, f->minor);
    put_hooks(b, f->hooks);
    put_options(b, f);
    put_adds(b, f);
}

static void describe(struct bf_arena *a, const char *path, struct bf_buf *b, struct bf_err *err)
{
    struct bf_plugin_facts facts;
    char id[BF_BUILD_ID_TEXT];
    bf_buf_printf(b, "%s\n", path);
    if (bf_plugin_inspect(a, path, &facts, err))
        put_facts(b, &facts);
    bf_buf_printf(b, "  build id  %s\n", bf_plugin_build_id(path, id) ? id : "none");
    bf_buf_printf(b, "  this server, which speaks ABI %u.%u, %s it\n", BF_ABI_MAJOR, BF_ABI_MINOR,
                  bf_err_is_set(err) ? "refuses" : "takes");
}

bool bf_plugin_print(const char *path)
{
    struct bf_err err;
    struct bf_buf text;
    struct bf_arena *a = bf_arena_new(MEMORY);
    bf_err_clear(&err);
    bf_buf_init(&text, ROOM);
    if (a)
        describe(a, path, &text, &err);
    else
        BF_FAIL_WITH(&err, BF_E_MEMORY, "no memory to look into %s", path);
    bf_say_buf(stdout, &text);
    fflush(stdout);
    bf_buf_fini(&text);
    bf_arena_free(a);
    if (!bf_err_is_set(&err))
        return true;
    bf_say_error("check", &err);
    return false;
}
