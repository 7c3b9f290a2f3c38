/*
 * cli/key: what the subcommands of `beffroi key` and `beffroi event` share.
 *
 * Purpose    one table of options with one reader, so that a word means the same everywhere; a
 *            connection as owner; one way to say what went wrong.
 * Ownership  everything of a run lies in its arena.
 */
#ifndef BF_CLI_KEY_H
#define BF_CLI_KEY_H

#include "api/keys/life.h"

enum bf_key_word {
    BF_WORD_SUB = 1,
    BF_WORD_PLAN,
    BF_WORD_SCOPE,
    BF_WORD_DAYS,
    BF_WORD_DATASETS,
    BF_WORD_BBOX,
    BF_WORD_ORIGINS,
    BF_WORD_RATE,
    BF_WORD_KID,
    BF_WORD_REASON,
    BF_WORD_OVERLAP,
    BF_WORD_TITLE,
    BF_WORD_TITLE_EN,
    BF_WORD_DEVICES,
    BF_WORD_UNTIL,
    BF_WORD_NOW,
    BF_WORD_ALL,
    BF_WORD_JSON,
    BF_WORD_HELP,
};

/* What was said on the command line. */
struct bf_key_words {
    struct bf_str sub, plan, scope, kid, reason;
    struct bf_str title, title_en, until;
    struct bf_str id; /* the one word that is no option: a key's id, or an event's */
    int64_t days;     /* 0: not said */
    int64_t overlap;  /* days; -1: not said */
    int64_t devices;  /* 0: not said */
    struct bf_narrowing narrow;
    bool now, all, json, help;
};

struct bf_key_run {
    const char *command; /* "key" */
    struct bf_conf conf;
    struct bf_conn *conn;
    struct bf_arena *arena;
    struct bf_life life;
    struct bf_key_words words;
    struct bf_err err;
    int64_t now;  /* seconds since 1970 */
    bool misused; /* the line lacks something: exit status 2, as of words nobody knows */
};

struct bf_key_subcommand {
    const char *name; /* NULL: the end */
    bool (*run)(struct bf_key_run *r);
    const char *words; /* the options that it knows, with blanks around each */
    bool id;           /* one word that is no option may follow */
    const char *line, *help;
};

#define BF_KEY_HELP_NARROWING                                                             \
    "  --datasets A,B      only these datasets (at most 16)\n"                            \
    "  --bbox W,S,E,N      only records in this box, in degrees\n"                        \
    "  --origins O,O       only on web pages of these origins, as https://velo.example\n" \
    "  --rate N            at most N requests a minute with this key and those narrowed from it\n"
#define BF_KEY_HELP_JSON "  --json              as JSON\n"

struct bf_key_command {
    const char *name;
    const struct bf_key_subcommand *subcommands;
    const char *hint; /* for the end of the usage */
};

/* The exit status of the process. */
int bf_key_command_run(const struct bf_key_command *command, int argc, char **argv);

/* false, with what the line needs. */
bool bf_key_needs(struct bf_key_run *r, const char *what);

/* The subcommands of `beffroi key`; false: r->err is set. */
bool bf_key_issue_run(struct bf_key_run *r);
bool bf_key_narrow_run(struct bf_key_run *r);
bool bf_key_renew_run(struct bf_key_run *r);
bool bf_key_revoke_run(struct bf_key_run *r);
bool bf_key_rotate_run(struct bf_key_run *r);
bool bf_key_list_run(struct bf_key_run *r);
bool bf_key_show_run(struct bf_key_run *r);
bool bf_key_usage_run(struct bf_key_run *r);
bool bf_key_signing_run(struct bf_key_run *r);
bool bf_key_audit_run(struct bf_key_run *r);

/* cli/key_words: false: what is wrong was said on stderr. words: which options are known. */
bool bf_key_words_read(struct bf_key_run *r, const char *words, bool with_id, int argc,
                       char **argv);

/* Lists, as JSON or as lines, which are written at their end. */
struct bf_key_list {
    struct bf_key_run *run;
    struct bf_buf out;
    size_t n;
    bool younger; /* a signing key that signs came before */
};
void bf_key_list_begin(struct bf_key_list *l, struct bf_key_run *r);
void bf_key_list_comma(struct bf_key_list *l); /* as JSON: before each element */
bool bf_key_list_end(struct bf_key_list *l, bool ok);

/* "2026-11-26", "" for 0. */
enum { BF_KEY_DAY = 12 };
void bf_key_day(char out[BF_KEY_DAY], int64_t seconds);

#endif
