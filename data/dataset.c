/* dataset.c: finds a data set's files, reads them and checks that they fit together. */
#include "data/dataset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "data/digits.h"
#include "data/idx.h"

enum {
    CLASSES = 10,
    MAX_FOLDERS = 3,
    LABELS_HEADER = 8           /* bytes before the first label */
};

const char *const dataset_known[DATASET_KNOWN_COUNT] = { "mnist", "fashion-mnist", "digits" };

static const char *const file_names[2][2] = {
    [SPLIT_TRAIN] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte" },
    [SPLIT_TEST] = { "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte" },
};

typedef char path_buffer[DATASET_PATH_BYTES];

static bool is_known(const char *source)
{
    for (int i = 0; i < DATASET_KNOWN_COUNT; i++)
        if (strcmp(source, dataset_known[i]) == 0)
            return true;
    return false;
}

/* Names FOLDER/FILE, or FOLDER/FILE.gz if only that exists; false if neither does. */
static bool locate(const char *folder, const char *file, path_buffer path)
{
    static const char *const suffixes[] = { "", ".gz" };
    struct stat info;

    for (int i = 0; i < 2; i++) {
        const int length = snprintf(path, DATASET_PATH_BYTES, "%s/%s%s", folder, file,
                                    suffixes[i]);
        if (length > 0 && length < DATASET_PATH_BYTES && stat(path, &info) == 0)
            return true;
    }
    return false;
}

/* The first of the four files that the folder lacks, or NULL. */
static const char *missing_file(const char *folder)
{
    path_buffer path;

    for (int split = 0; split < 2; split++)
        for (int i = 0; i < 2; i++)
            if (!locate(folder, file_names[split][i], path))
                return file_names[split][i];
    return NULL;
}

/* The folders in which to look for `source`, in order; returns their number. */
static int candidate_folders(const char *source, path_buffer folders[MAX_FOLDERS])
{
    const char *const own = getenv("CONVLAB_DATA");
    int count = 0;

    if (!is_known(source)) {
        snprintf(folders[0], sizeof folders[0], "%s", source);
        return 1;
    }
    if (own && own[0] != '\0')
        snprintf(folders[count++], sizeof folders[0], "%s/%s", own, source);
    snprintf(folders[count++], sizeof folders[0], "data/%s", source);
    snprintf(folders[count++], sizeof folders[0], "/usr/share/datasets/%s", source);
    return count;
}

bool dataset_find(const char *source, char *path)
{
    path_buffer folders[MAX_FOLDERS];

    if (strcmp(source, "digits") == 0) {
        if (path)
            snprintf(path, DATASET_PATH_BYTES, "(built in)");
        return true;
    }
    const int count = candidate_folders(source, folders);
    for (int i = 0; i < count; i++)
        if (!missing_file(folders[i])) {
            if (path)
                memcpy(path, folders[i], sizeof folders[i]);
            return true;
        }
    return false;
}

static status not_found(const char *source, file_error *error)
{
    path_buffer folders[MAX_FOLDERS];
    struct stat info;
    char places[700] = "";
    size_t used = 0;
    const int count = candidate_folders(source, folders);

    if (!is_known(source)) {
        if (stat(source, &info) == 0 && S_ISDIR(info.st_mode))
            return file_refuse(error, STATUS_IO, "%s: the folder lacks %s (or the same with .gz)",
                               source, missing_file(source));
        return file_refuse(error, STATUS_IO, "%s: no such folder, and no data set of that name "
                           "(there are mnist, fashion-mnist, digits)", source);
    }
    for (int i = 0; i < count && used < sizeof places; i++) {
        const int more = snprintf(places + used, sizeof places - used, "%s%s/",
                                  i ? ", " : "", folders[i]);
        used += more > 0 ? (size_t)more : 0;
    }
    return file_refuse(error, STATUS_IO, "%s: data set not found; `make data` downloads it. "
                       "Looked for %s and three more in %s", source, missing_file(folders[0]),
                       places);
}

static void set_name(dataset *set, const char *source)
{
    size_t end = strlen(source);

    while (end > 1 && source[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && source[start - 1] != '/')
        start--;
    snprintf(set->name, sizeof set->name, "%.*s", (int)(end - start), source + start);
}

static status load_digits(dataset_split split, dataset *set, file_error *error)
{
    const int first = split == SPLIT_TRAIN ? 0 : DIGITS_TRAIN_COUNT;

    set->count = split == SPLIT_TRAIN ? DIGITS_TRAIN_COUNT : DIGITS_TEST_COUNT;
    set->h = set->w = DIGITS_SIZE;
    set->pixels = malloc((size_t)set->count * DIGITS_PIXELS);
    set->labels = malloc((size_t)set->count);
    if (!set->pixels || !set->labels)
        return file_refuse(error, STATUS_MEMORY, "digits: no memory for %d images", set->count);
    digits_draw_many(DIGITS_SEED, first, set->count, set->pixels, set->labels);
    return STATUS_OK;
}

static status check_labels(const char *images_path, const char *labels_path, const dataset *set,
                           int label_count, file_error *error)
{
    if (label_count != set->count)
        return file_refuse(error, STATUS_IO,
                           "%s: offset 4: expected %d labels, one for each image in %s, found %d",
                           labels_path, set->count, images_path, label_count);
    for (int i = 0; i < label_count; i++)
        if (set->labels[i] >= CLASSES)
            return file_refuse(error, STATUS_IO,
                               "%s: offset %d: expected a label of 0 to %d, found %d", labels_path,
                               LABELS_HEADER + i, CLASSES - 1, set->labels[i]);
    return STATUS_OK;
}

static status load_files(const char *images_path, const char *labels_path, dataset *set,
                         file_error *error)
{
    idx_file images, labels;

    status s = idx_read(images_path, 3, &images, error);
    if (s != STATUS_OK)
        return s;
    set->pixels = images.bytes;                 /* the set owns them from here on */
    set->count = images.extent[0];
    set->h = images.extent[1];
    set->w = images.extent[2];
    if (set->count == 0 || set->h == 0 || set->w == 0)
        return file_refuse(error, STATUS_IO,
                           "%s: offset 4: expected at least one image and pixel, found %d x %d x "
                           "%d", images_path, set->count, set->h, set->w);
    s = idx_read(labels_path, 1, &labels, error);
    if (s != STATUS_OK)
        return s;
    set->labels = labels.bytes;
    return check_labels(images_path, labels_path, set, labels.extent[0], error);
}

static status load_folder(const char *source, dataset_split split, dataset *set,
                          file_error *error)
{
    path_buffer folder, images_path, labels_path;

    if (!dataset_find(source, folder))
        return not_found(source, error);
    if (!locate(folder, file_names[split][0], images_path) ||
        !locate(folder, file_names[split][1], labels_path))
        return not_found(source, error);        /* removed just now */
    return load_files(images_path, labels_path, set, error);
}

status dataset_load(const char *source, dataset_split split, dataset *set, file_error *error)
{
    memset(set, 0, sizeof *set);
    set_name(set, source);
    set->c = 1;
    set->classes = CLASSES;
    const status s = strcmp(source, "digits") == 0 ? load_digits(split, set, error)
                                                   : load_folder(source, split, set, error);
    if (s != STATUS_OK)
        dataset_free(set);
    return s;
}

void dataset_free(dataset *set)
{
    free(set->pixels);
    free(set->labels);
    memset(set, 0, sizeof *set);
}

const char *dataset_class_name(const char *name, int label)
{
    static const char *const digits[CLASSES] = { "0", "1", "2", "3", "4", "5", "6", "7", "8",
                                                 "9" };
    static const char *const fashion[CLASSES] = {
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
        "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
    };

    if (label < 0 || label >= CLASSES)
        return "?";
    return strcmp(name, "fashion-mnist") == 0 ? fashion[label] : digits[label];
}
