/*
 * lua/ingest: on_ingest over raw records, before types and keys are checked.
 *
 * Purpose    the record as it came, names and JSON-like values, goes through the script and comes
 *            out renamed, repaired, with more members or fewer, or not at all.
 * In Lua     record.name reads (nil: absent or null) and writes (nil: removes; an absent field is
 *            null to a push). Numbers, texts and booleans are Lua's; a list or an object is a
 *            table, read when it is asked for, a null in it is nil. `for name, value in
 *            pairs(record)`. `return false` drops the record, `return false, "why"` says why;
 *            error("why") fails it.
 * Out        what the script did not change comes out byte for byte as it went in, and in its
 *            order; what it added follows in the order in which it was first written. Tables are
 *            written as lua/json does: an empty one is a list, a whole float has no point.
 * Strict     two members of one name: the script sees the last, and both come out for the reader of
 *            records to judge. NaN, infinities, a text that is no UTF-8, a table that is no JSON, a
 *            function: errors that name the member.
 * Ownership  `out` borrows from `in` and from the script: good until the next call with that
 *            script. Memory is kept from call to call and bounded by the script's budget and
 *            BF_LUA_MEMBERS.
 *
 * Guard      when a batch is over, call bf_guard_rest (lua/guard).
 *
 *     switch (bf_lua_ingest(script, &in, &out, &fault)) {
 *     case BF_LUA_OK: … out.members …
 *     case BF_LUA_DROP: … fault.message is the script's word, or "" …
 *     default: … fault.message …
 *     }
 */
#ifndef BF_LUA_INGEST_H
#define BF_LUA_INGEST_H

#include "lua/raw.h"
#include "lua/script.h"

enum { BF_LUA_MEMBERS = 2000 };

/* The script must have on_ingest. */
enum bf_lua_rc bf_lua_ingest(struct bf_lua_script *s, const struct bf_raw_record *in,
                             struct bf_raw_record *out, struct bf_lua_fault *fault);

#endif
