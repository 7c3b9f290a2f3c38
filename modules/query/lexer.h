/*
 * query/lexer: the words of ODSQL (contract 10.1).
 *
 * Purpose    cuts a clause into tokens; their codes are those of the grammar (query/grammar.h).
 * Ownership  borrows the text, which must end in a NUL that is not part of it and hold no other
 *            NUL; UTF-8.
 * Errors     what is no word of the language is TOKEN_ILLEGAL: one character, or the quote that
 *            nothing closes.
 */
#ifndef BF_QUERY_LEXER_H
#define BF_QUERY_LEXER_H

#include "core/arena.h"

enum { TOKEN_END = 0 };

struct bf_token {
    uint32_t at, end; /* bytes in the text */
};

struct bf_lexer {
    const unsigned char *text, *cursor;
    bool placeholders; /* `?` is a word: conditions of the server and of handlers only */
};

/* The next token; TOKEN_END (0) at the end, for ever. A name before `(` is TOKEN_FUNCTION. */
int bf_lexer_next(struct bf_lexer *l, struct bf_token *t);

/* The contents of a quoted token, from its first quote to its last, in the arena when it holds
 * escapes. Strings: JSON escapes, and a backslash before anything else means that character;
 * back-quoted names: only \` is an escape. NULL p: no memory. *why: the text cannot be stored
 * (U+0000, half of a surrogate pair). */
struct bf_str bf_lexer_unquote(struct bf_arena *a, struct bf_str quoted, const char **why);

#endif
