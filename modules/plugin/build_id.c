#include "plugin/build_id.h"

#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS = 64, NOTES = 4096 };

/* All n bytes, or false: pread takes care of what lies beyond the end. */
static bool read_at(int fd, void *to, size_t n, uint64_t at)
{
    return at <= INT64_MAX && pread(fd, to, n, (off_t)at) == (ssize_t)n;
}

static bool is_ours(const Elf64_Ehdr *h)
{
    return memcmp(h->e_ident, ELFMAG, SELFMAG) == 0 && h->e_ident[EI_CLASS] == ELFCLASS64 &&
           h->e_ident[EI_DATA] == ELFDATA2LSB && h->e_phentsize == sizeof(Elf64_Phdr);
}

static size_t aligned(uint32_t n)
{
    return ((size_t)n + 3) & ~(size_t)3;
}

static void print_hex(const unsigned char *p, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", p[i]);
}

/* Name and content of each note are padded to four bytes. */
static bool find_note(const unsigned char *p, size_t n, char *out)
{
    Elf64_Nhdr h;
    for (size_t at = 0; at + sizeof h <= n;) {
        memcpy(&h, p + at, sizeof h);
        at += sizeof h;
        size_t name = aligned(h.n_namesz), content = aligned(h.n_descsz);
        if (name > n - at || content > n - at - name)
            return false;
        bool found = h.n_type == NT_GNU_BUILD_ID && h.n_namesz == 4 &&
                     memcmp(p + at, "GNU", 4) == 0 && h.n_descsz > 0 &&
                     h.n_descsz <= BF_BUILD_ID_BYTES;
        if (found) {
            print_hex(p + at + name, h.n_descsz, out);
            return true;
        }
        at += name + content;
    }
    return false;
}

static bool search(int fd, char *out)
{
    Elf64_Ehdr h;
    Elf64_Phdr segment;
    unsigned char notes[NOTES];
    if (!read_at(fd, &h, sizeof h, 0) || !is_ours(&h))
        return false;
    for (unsigned i = 0; i < h.e_phnum && i < SEGMENTS; i++) {
        if (h.e_phoff > INT64_MAX - i * sizeof segment ||
            !read_at(fd, &segment, sizeof segment, h.e_phoff + i * sizeof segment))
            return false;
        if (segment.p_type == PT_NOTE && segment.p_filesz <= sizeof notes &&
            read_at(fd, notes, segment.p_filesz, segment.p_offset) &&
            find_note(notes, segment.p_filesz, out))
            return true;
    }
    return false;
}

bool bf_plugin_build_id(const char *path, char out[BF_BUILD_ID_TEXT])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    out[0] = '\0';
    if (fd < 0)
        return false;
    bool found = search(fd, out);
    close(fd);
    return found;
}
