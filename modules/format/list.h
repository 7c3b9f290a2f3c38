/*
 * format/list: the values of a text that holds several.
 *
 * Empty values are none: with `,` the text `eau,,air,` holds eau and air.
 *
 *     struct bf_str rest = text, item;
 *     while (bf_list_next(&rest, separator, &item)) ...
 */
#ifndef BF_FORMAT_LIST_H
#define BF_FORMAT_LIST_H

#include "core/str.h"

bool bf_list_next(struct bf_str *rest, struct bf_str separator, struct bf_str *item);

#endif
