#include "api/openapi/document.h"

void bf_document_name_str(struct bf_document *d, struct bf_str name)
{
    if (d->more)
        bf_buf_str(d->b, BF_STR(", "));
    d->more = true;
    if (!name.p)
        return;
    bf_buf_json(d->b, name);
    bf_buf_str(d->b, BF_STR(": "));
}

void bf_document_name(struct bf_document *d, const char *name)
{
    bf_document_name_str(d, name ? bf_str_of(name) : (struct bf_str){NULL, 0});
}

void bf_document_open(struct bf_document *d, const char *name, char bracket)
{
    bf_document_name(d, name);
    bf_buf_char(d->b, bracket);
    d->more = false;
}

void bf_document_close(struct bf_document *d, char bracket)
{
    bf_buf_char(d->b, bracket);
    d->more = true;
}

void bf_document_str(struct bf_document *d, const char *name, struct bf_str text)
{
    bf_document_name(d, name);
    bf_buf_json(d->b, text);
}

void bf_document_text(struct bf_document *d, const char *name, const char *text)
{
    bf_document_str(d, name, bf_str_of(text));
}

void bf_document_int(struct bf_document *d, const char *name, int64_t value)
{
    bf_document_name(d, name);
    bf_buf_i64(d->b, value);
}

void bf_document_bool(struct bf_document *d, const char *name, bool value)
{
    bf_document_name(d, name);
    bf_buf_text(d->b, value ? "true" : "false");
}

void bf_document_texts(struct bf_document *d, const char *name, const char *const *texts)
{
    bf_document_open(d, name, '[');
    for (size_t i = 0; texts[i]; i++)
        bf_document_text(d, NULL, texts[i]);
    bf_document_close(d, ']');
}
