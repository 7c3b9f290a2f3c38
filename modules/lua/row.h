/*
 * lua/row: the row of on_record.
 *
 * Purpose    row.name reads a field, row.name = value writes one, through the host's table.
 * In Lua     boolean: true, false. int: a whole number. double: a number. text, json_blob: a text.
 *            date: days since 1970-01-01; datetime: microseconds since 1970-01-01T00:00:00Z, both
 *            whole numbers. geo_point_2d: {lon = , lat = }. null: nil. A geo_shape cannot be read.
 * Writing    is checked at once: type, range, UTF-8. It is kept here until bf_lua_row_flush; a
 *            field that was written reads as what was written.
 * Cost       a read or write is one call from Lua and one look into a table by the name: about
 *            60 ns; a text that is read is made a text of Lua.
 */
#ifndef BF_LUA_ROW_H
#define BF_LUA_ROW_H

#include "lua/state.h"
#include "query/schema.h"

struct bf_lua_field {
    const char *name;
    enum bf_type type;
    bool written;
    union {
        bool boolean;
        int64_t integer;
        double real;
        struct bf_str text; /* held by the state */
        struct bf_point point;
    };
    bool null;
};

struct bf_lua_row {
    const struct bf_api *host;
    const struct bf_schema *schema;
    /* With the fields that this reader does not see, which read nil and take anything; NULL: he
     * sees all. */
    const struct bf_schema *whole;
    struct bf_row *row;          /* NULL: on_record is not running */
    struct bf_lua_field *fields; /* by index of the schema */
    int *written;                /* indexes */
    int nwritten;
};

/* A field of the dataset that this reader does not see. */
bool bf_lua_row_withheld(const struct bf_lua_row *r, const char *name);

/* Pushes the object; in a call. */
void bf_lua_row_push(lua_State *L);
/* A field that the rows carry, by the name that the script has for it. In a call. */
void bf_lua_row_name(lua_State *L, const char *name, int index);

void bf_lua_row_begin(struct bf_lua_row *r, struct bf_row *row);
/* Writes what the script wrote (`keep`), or forgets it. false: the host refused a value. */
bool bf_lua_row_end(struct bf_lua_row *r, bool keep);

#endif
