/* demo.c: the numbers and pictures of the lesson on reductions in CUDA. The shuffles are done here
 * lane by lane, so that what every lane holds can be shown. */
#include <math.h>
#include <string.h>

#include "kernels/softmax_ce/softmax_ce.h"
#include "lessons/demo.h"

enum { WARP = 32, FEW = 8, TOY = 4, CLASSES = 6, SECTOR_BYTES = 32 };

/* One step of a reduction in all lanes at once. Down: beyond the last lane there is nobody, and the
 * shuffle gives a lane its own value. */
static void exchange(float *x, int lanes, int distance, bool down)
{
    float old[WARP];

    memcpy(old, x, (size_t)lanes * sizeof *x);
    for (int lane = 0; lane < lanes; lane++) {
        const int other = down ? lane + distance : lane ^ distance;
        x[lane] += old[other < lanes ? other : lane];
    }
}

/* A name in a column of 15; a Korean letter has three bytes and is two columns wide. */
static void print_name(const demo *d, const char *name)
{
    int wide = 0;

    for (const char *at = name; *at; at++)
        wide += (*at & 0xc0) == 0xc0;
    fprintf(d->out, "  %-*s", 15 + wide, name);
}

static void print_lanes(const demo *d, const char *name, const float *x, int lanes)
{
    print_name(d, name);
    for (int lane = 0; lane < lanes; lane++)
        fprintf(d->out, " %7.4g", (double)x[lane]);
    fputc('\n', d->out);
}

static const float few[FEW] = { 3, 1, 4, 1, 5, 9, 2, 6 };

/* Distances 1, 2, 4 rather than 4, 2, 1: the sum is the same, and the first step, which answers.txt
 * asks for, is not given away. */
static void print_butterfly(const demo *d)
{
    float x[FEW];
    char name[32];

    memcpy(x, few, sizeof x);
    print_name(d, say("lane", "레인"));
    for (int lane = 0; lane < FEW; lane++)
        fprintf(d->out, " %7d", lane);
    fputs("\n\n", d->out);
    print_lanes(d, say("at first", "처음"), x, FEW);
    for (int distance = 1; distance < FEW; distance *= 2) {
        exchange(x, FEW, distance, false);
        snprintf(name, sizeof name, say("distance %d", "거리 %d"), distance);
        print_lanes(d, name, x, FEW);
    }
    fputc('\n', d->out);
}

/* Whose numbers are in whose sum: known[lane][i] says how often lane's value holds the number that
 * lane i brought. It is found by letting one lane after the other bring a 1, and all others 0. */
static void fill_known(float *known, int least_distance, bool down)
{
    for (int i = 0; i < FEW; i++) {
        float x[FEW] = { 0 };
        x[i] = 1.0f;
        for (int distance = FEW / 2; distance >= least_distance; distance /= 2)
            exchange(x, FEW, distance, down);
        for (int lane = 0; lane < FEW; lane++)
            known[lane * FEW + i] = x[lane];
    }
}

static void print_picture(const demo *d)
{
    static float known[5][FEW * FEW];
    static const char *const names[] = { "0", "1", "2", "3", "4", "5", "6", "7" };
    const char *const titles[] = {
        say("at first", "처음"), say("xor 4", "xor 4"), say("xor 4, 2", "xor 4, 2"),
        say("xor 4, 2, 1", "xor 4, 2, 1"), say("down 4, 2, 1", "down 4, 2, 1"),
    };
    plot_map maps[5];

    for (int i = 0; i < 5; i++)
        fill_known(known[i], i < 4 ? FEW >> i : 1, i == 4);
    for (int i = 0; i < 5; i++)
        maps[i] = (plot_map){ .title = titles[i], .value = known[i], .rows = FEW, .columns = FEW,
                              .low = 0.0, .high = 2.0, .numbers = true,
                              .row_names = names, .column_names = names,
                              .x_label = say("whose number", "누구의 수"),
                              .y_label = say("lane", "레인") };
    demo_maps(d, maps, 5, "picture");
}

/* ---- Softmax by a warp of four ---- */

static void print_softmax(const demo *d)
{
    static const float x[CLASSES] = { 1, 3, 0, 2, 3, 1 };
    const softmax_ce_shape s = softmax_ce_shape_plain(1, CLASSES);
    float max[TOY], sum[TOY] = { 0 }, own[CLASSES], y[CLASSES];

    for (int lane = 0; lane < TOY; lane++) {
        max[lane] = -INFINITY;
        for (int c = lane; c < CLASSES; c += TOY)
            max[lane] = fmaxf(max[lane], x[c]);
    }
    print_lanes(d, "x", x, CLASSES);
    print_lanes(d, say("own maximum", "자기 최댓값"), max, TOY);
    for (int lane = 1; lane < TOY; lane++)      /* what the shuffles do, in one go */
        max[0] = fmaxf(max[0], max[lane]);
    for (int lane = 0; lane < TOY; lane++) {
        max[lane] = max[0];
        for (int c = lane; c < CLASSES; c += TOY)
            sum[lane] += expf(x[c] - max[lane]);
    }
    print_lanes(d, say("maximum", "최댓값"), max, TOY);
    print_lanes(d, say("own sum", "자기 합"), sum, TOY);
    for (int distance = TOY / 2; distance > 0; distance /= 2)
        exchange(sum, TOY, distance, false);
    print_lanes(d, say("sum", "합"), sum, TOY);
    (void)softmax_forward(&softmax_ce_variants[0], &s, x, y);
    for (int c = 0; c < CLASSES; c++)
        own[c] = expf(x[c] - max[c % TOY]) / sum[c % TOY];
    print_lanes(d, "y", own, CLASSES);
    print_lanes(d, say("suite's naive", "naive의 y"), y, CLASSES);
    fputc('\n', d->out);
}

/* ---- Sectors ---- */

/* Sectors that one request touches in which lane l reads the float number l * stride. */
static int sectors_of(int stride)
{
    int count = 0;
    long last = -1;

    for (int lane = 0; lane < WARP; lane++) {
        const long sector = (long)lane * stride * (long)sizeof(float) / SECTOR_BYTES;
        count += sector != last;
        last = sector;
    }
    return count;
}

static void print_sectors(const demo *d)
{
    static const int rows[] = { 2, 4, 10, 1000 };

    fprintf(d->out, "%s", say("  floats in a row   a thread per row   a warp per row\n",
                              "  한 행의 float     행마다 스레드      행마다 워프\n"));
    for (int i = 0; i < 4; i++)
        fprintf(d->out, "  %-17d %-18d %d\n", rows[i], sectors_of(rows[i]), sectors_of(1));
    fputc('\n', d->out);
}

/* ---- Answers ---- */

static double steps(void)
{
    int count = 0;

    for (int distance = WARP / 2; distance > 0; distance /= 2)
        count++;
    return count;
}

static double lane_two(void)
{
    float x[FEW];

    memcpy(x, few, sizeof x);
    exchange(x, FEW, 4, false);
    return (double)x[2];
}

static double sectors(void)
{
    return sectors_of(100);
}

static double lanes(void)
{
    int busy = 0;

    for (int lane = 0; lane < WARP; lane++)
        busy += 100 / WARP * WARP + lane < 100;
    return busy;
}

static const demo_part parts[] = {
    { "butterfly", print_butterfly },
    { "picture", print_picture },
    { "softmax", print_softmax },
    { "sectors", print_sectors },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "steps", steps, 0.0 },
    { "lane_two", lane_two, 0.0 },
    { "sectors", sectors, 0.0 },
    { "lanes", lanes, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
