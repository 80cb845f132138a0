/* attack_archive.c: writes archives that no ordinary tool would write.
 *
 *   attack_archive FORMAT FILE [KIND PATH VALUE]...
 *
 * FORMAT: zip, zip-encrypted, or what libarchive calls a tar with or without a filter: tar, tar.gz,
 * tar.xz, tar.zst. KIND and VALUE of an entry:
 *   file SOURCE   a copy of a file's bytes         zeros BYTES    so many zero bytes
 *   link TARGET   a symbolic link                  hard TARGET    a hard link
 *   fifo -        a FIFO                           device -       a character device
 *   many COUNT    so many empty files, PATH0, PATH1, ... */
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BLOCK = 1 << 16 };

static struct archive *out;

static void want(int result)
{
    if (result == ARCHIVE_OK || result == ARCHIVE_WARN)     /* a name that is no text */
        return;
    fprintf(stderr, "attack_archive: %s\n", archive_error_string(out));
    exit(1);
}

static void add(const char *path, mode_t type, const char *target, const char *source, long size)
{
    struct archive_entry *const entry = archive_entry_new();
    static char block[BLOCK];
    FILE *const in = source ? fopen(source, "rb") : NULL;

    if (!entry || (source && !in))
        exit(1);
    for (int c; in && (c = getc(in)) != EOF;)
        size++;
    archive_entry_set_pathname(entry, path);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, (unsigned)type);
    archive_entry_set_size(entry, size);
    if (type == AE_IFCHR)
        archive_entry_set_rdev(entry, 0x105);
    if (target && type == AE_IFLNK)
        archive_entry_set_symlink(entry, target);
    else if (target)
        archive_entry_set_hardlink(entry, target);
    want(archive_write_header(out, entry));
    memset(block, 0, sizeof block);
    if (in)
        rewind(in);
    while (size > 0) {
        const size_t part = size < BLOCK ? (size_t)size : BLOCK;
        if ((in && fread(block, 1, part, in) != part) ||
            archive_write_data(out, block, part) != (la_ssize_t)part)
            exit(1);
        size -= (long)part;
    }
    if (in)
        fclose(in);
    archive_entry_free(entry);
}

static void add_entry(const char *kind, const char *path, const char *value)
{
    char name[256];

    if (strcmp(kind, "file") == 0)
        add(path, AE_IFREG, NULL, value, 0);
    else if (strcmp(kind, "zeros") == 0)
        add(path, AE_IFREG, NULL, NULL, atol(value));
    else if (strcmp(kind, "link") == 0)
        add(path, AE_IFLNK, value, NULL, 0);
    else if (strcmp(kind, "hard") == 0)
        add(path, AE_IFREG, value, NULL, 0);
    else if (strcmp(kind, "fifo") == 0)
        add(path, AE_IFIFO, NULL, NULL, 0);
    else if (strcmp(kind, "device") == 0)
        add(path, AE_IFCHR, NULL, NULL, 0);
    for (long i = 0; strcmp(kind, "many") == 0 && i < atol(value); i++) {
        snprintf(name, sizeof name, "%.200s%ld", path, i);
        add(name, AE_IFREG, NULL, NULL, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc % 3 != 0) {
        fputs("usage: attack_archive FORMAT FILE [KIND PATH VALUE]...\n", stderr);
        return 2;
    }
    setlocale(LC_ALL, "");                      /* tar stores names in UTF-8 */
    out = archive_write_new();
    if (!out)
        return 1;
    if (strncmp(argv[1], "zip", 3) == 0)
        want(archive_write_set_format_zip(out));
    else
        want(archive_write_set_format_pax_restricted(out));
    if (strcmp(argv[1], "zip-encrypted") == 0) {
        want(archive_write_set_options(out, "zip:encryption=zipcrypt"));
        want(archive_write_set_passphrase(out, "secret"));
    }
    if (strcmp(argv[1], "tar.gz") == 0)
        want(archive_write_add_filter_gzip(out));
    else if (strcmp(argv[1], "tar.xz") == 0)
        want(archive_write_add_filter_xz(out));
    else if (strcmp(argv[1], "tar.zst") == 0)
        want(archive_write_add_filter_zstd(out));
    want(archive_write_open_filename(out, argv[2]));
    for (int i = 3; i + 2 < argc; i += 3)
        add_entry(argv[i], argv[i + 1], argv[i + 2]);
    want(archive_write_close(out));
    return archive_write_free(out) == ARCHIVE_OK ? 0 : 1;
}
