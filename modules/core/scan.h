/*
 * core/scan: whether a text holds one of a few bytes, eight at a time.
 *
 * Purpose    most texts need no escape in JSON and no quotes in CSV; to know it must cost less than
 *            copying them.
 * Method     in w ^ (byte repeated) a wanted byte is 0, and (x - 0x01…) & ~x & 0x80… is not 0 if
 *            and only if x has a byte 0; with 0x20… for 0x01… it asks for bytes below 0x20
 *            (Hacker's Delight, 2nd edition, section 6-1).
 *
 *     struct bf_scan special = bf_scan_for(';', '"', '\r', '\n');
 *     if (bf_scan_finds(&special, text)) ...
 */
#ifndef BF_CORE_SCAN_H
#define BF_CORE_SCAN_H

#include "core/str.h"

struct bf_scan {
    uint64_t bytes[4]; /* each repeated */
};

struct bf_scan bf_scan_for(char a, char b, char c, char d);
bool bf_scan_finds(const struct bf_scan *scan, struct bf_str s);

/* Whether JSON must escape anything: `"`, `\`, controls. */
bool bf_scan_json(struct bf_str s);

#endif
