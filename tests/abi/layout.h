/* The layout of the ABI as a header declares it: tests/abi/layout.c, once per header. */
#ifndef TESTS_ABI_LAYOUT_H
#define TESTS_ABI_LAYOUT_H

struct layout_entry {
    const char *name; /* "bf_api.alloc", "BF_SKIP"; NULL: the end */
    long place, size; /* offset and size of a member; value and 0 of a constant */
};

#endif
