/* demo_load.c: loads a lesson's demo and draws its pictures. */
#include "lessons/demo.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

static void picture_folder(lesson_path folder, const course *c, const lesson *l)
{
    path_join(folder, c->root, "build/lessons", l->name);
}

const lesson_demo *demo_load(const course *c, const lesson *l, file_error *error)
{
    lesson_path folder, object;

    picture_folder(folder, c, l);
    path_join(object, folder, "demo.so", NULL);
    if (access(object, R_OK) != 0) {
        file_refuse(error, STATUS_IO, "%s: not there (make lesson-%s builds it)", object, l->name);
        return NULL;
    }
    void *const loaded = dlopen(object, RTLD_NOW | RTLD_LOCAL);
    if (!loaded) {
        file_refuse(error, STATUS_IO, "%s", dlerror());
        return NULL;
    }
    const lesson_demo *const table = dlsym(loaded, "lesson_demo_table");
    if (!table)
        file_refuse(error, STATUS_IO, "%s: expected a lesson_demo_table, found none", object);
    return table;
}

bool demo_show(const course *c, const lesson *l, const char *part, FILE *out, bool colour,
               file_error *error)
{
    const lesson_demo *const table = demo_load(c, l, error);
    lesson_path folder;
    char known[400] = "";

    if (!table)
        return false;
    picture_folder(folder, c, l);
    const demo d = { .out = out, .unicode = true, .colour = colour, .folder = folder };
    for (const demo_part *p = table->parts; p->name; p++) {
        if (strcmp(p->name, part) == 0) {
            p->print(&d);
            fflush(out);
            return true;
        }
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", p->name);
    }
    file_refuse(error, STATUS_VALUE, "%s: expected one of the parts %s; found '%s'", l->name,
                known, part);
    return false;
}

/* Says where the picture is, from the checkout's root. */
static void tell_picture(const demo *d, const char *name, bool drawn, const file_error *error)
{
    const char *const build = strstr(d->folder, "build/lessons/");

    if (drawn)
        fprintf(d->out, say("picture: %s/%s.svg\n", "그림: %s/%s.svg\n"),
                build ? build : d->folder, name);
    else
        fprintf(d->out, say("no picture file: %s\n", "그림 파일은 없습니다: %s\n"), error->text);
}

static bool ready(const demo *d, const char *name, lesson_path path, file_error *error)
{
    char file[LESSON_NAME_BYTES];
    const char *const missing = plot_missing();

    snprintf(file, sizeof file, "%.50s.svg", name);
    path_join(path, d->folder, file, NULL);
    if (missing)
        file_refuse(error, STATUS_UNSUPPORTED, "%s", missing);
    return !missing;
}

void demo_maps(const demo *d, const plot_map *maps, int count, const char *name)
{
    lesson_path path;
    file_error error = { { 0 } };

    for (int i = 0; i < count; i++)
        plot_map_text(&maps[i], d->unicode, d->colour, d->out);
    const bool drawn = ready(d, name, path, &error) &&
                       plot_maps_draw(maps, count, count, path, &error);
    tell_picture(d, name, drawn, &error);
}

void demo_chart(const demo *d, const plot_chart *chart, const char *name)
{
    lesson_path path;
    file_error error = { { 0 } };

    plot_chart_text(chart, 72, 20, d->unicode, d->out);
    const bool drawn = ready(d, name, path, &error) && plot_chart_draw(chart, path, &error);
    tell_picture(d, name, drawn, &error);
}
