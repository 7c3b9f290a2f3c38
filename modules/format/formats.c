#include "format/formats.h"

const struct bf_format *const bf_formats[] = {&bf_format_csv, &bf_format_geojson, &bf_format_json,
                                              &bf_format_jsonl, NULL};

const struct bf_format *bf_format_named(struct bf_str name)
{
    for (size_t i = 0; bf_formats[i]; i++)
        if (bf_str_eq(name, bf_str_of(bf_formats[i]->name)))
            return bf_formats[i];
    return NULL;
}
