/* digits.c: draws handwritten-looking digits.
 *
 * Idea:  a glyph is a few strokes, each a smooth curve along its knots. The knots wander a little,
 *        then one random linear map slants, turns and scales them all. Each pixel is inked by its
 *        distance to the nearest piece of stroke.
 * Exact: all arithmetic is on integers, but for the square root of an integer, which IEEE 754
 *        defines to the last bit: every compiler and processor draws the same pixels.
 * Units: knots are in glyph units, 100 to the height of a digit; on paper 256 units are a pixel.
 * Cost:  about 15 us per image. */
#include "data/digits.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernels/core/rng.h"

enum {
    PIXEL = 256,                /* units of length on paper */
    FINE = 16,                  /* parts of a glyph unit, for wandering knots */
    ONE = 4096,                 /* 1.0 in fixed point */
    PIECES = 6,                 /* straight pieces that stand for one curve */
    EDGE = 280,                 /* width on paper of a stroke's soft edge */
    MAX_KNOTS = 16,
    GLYPH_CENTRE_X = 30,
    GLYPH_CENTRE_Y = 50
};

/* A stroke starts at its first knot, bends towards those that it passes near (a quadratic
 * B-spline), turns sharply at a corner, and stops at an end, where the next one starts. */
typedef struct {
    int x, y;                   /* x to the right, about 0..60; y down, about 0..100 */
    enum { KNOT_NEAR, KNOT_CORNER, KNOT_END, KNOT_LAST } kind;
} knot;

#define NEAR(x, y) { x, y, KNOT_NEAR }
#define CORNER(x, y) { x, y, KNOT_CORNER }
#define END(x, y) { x, y, KNOT_END }
#define LAST(x, y) { x, y, KNOT_LAST }

typedef struct {
    uint8_t label;
    knot knots[MAX_KNOTS];      /* up to the LAST, which ends the last stroke */
} glyph;

/* Ordered by label. */
static const glyph glyphs[] = {
    /* an oval; one whose ends cross at the top; a narrow one */
    { 0, { NEAR(30, 0), NEAR(2, 0), NEAR(0, 98), NEAR(58, 100), NEAR(60, 0), LAST(28, 0) } },
    { 0, { NEAR(42, 10), NEAR(12, -8), NEAR(-8, 92), NEAR(44, 114), NEAR(72, 10), NEAR(38, -6),
           LAST(24, 4) } },
    { 0, { NEAR(32, 0), NEAR(14, 8), NEAR(8, 100), NEAR(46, 98), NEAR(52, 2), LAST(30, 0) } },
    /* a line; with a flag; with flag and foot */
    { 1, { NEAR(30, 0), LAST(30, 100) } },
    { 1, { NEAR(14, 24), CORNER(34, 0), LAST(32, 100) } },
    { 1, { NEAR(12, 20), CORNER(32, 0), END(32, 98), NEAR(10, 99), LAST(54, 98) } },
    /* sharp foot; looped foot; wavy foot */
    { 2, { NEAR(6, 26), NEAR(8, -6), NEAR(62, -6), NEAR(58, 50), CORNER(4, 98),
           LAST(58, 98) } },
    { 2, { NEAR(6, 22), NEAR(14, -8), NEAR(64, -8), NEAR(50, 60), NEAR(6, 116), NEAR(-8, 76),
           NEAR(34, 84), LAST(60, 98) } },
    { 2, { NEAR(8, 16), NEAR(26, -8), NEAR(60, 4), NEAR(50, 44), CORNER(2, 96), NEAR(22, 84),
           NEAR(40, 106), LAST(60, 88) } },
    /* two bows; flat top; a soft waist */
    { 3, { NEAR(6, 12), NEAR(20, -8), NEAR(64, -4), NEAR(60, 44), CORNER(22, 46), NEAR(66, 46),
           NEAR(64, 106), NEAR(14, 110), LAST(2, 84) } },
    { 3, { NEAR(6, 2), CORNER(54, 2), CORNER(26, 40), NEAR(66, 38), NEAR(64, 106),
           NEAR(14, 108), LAST(2, 86) } },
    { 3, { NEAR(8, 8), NEAR(58, -12), NEAR(64, 44), NEAR(22, 48), NEAR(26, 52), NEAR(76, 56),
           NEAR(44, 112), LAST(2, 92) } },
    /* open; closed; open with a round bowl */
    { 4, { NEAR(10, 0), CORNER(2, 58), END(60, 56), NEAR(46, 8), LAST(42, 100) } },
    { 4, { NEAR(42, 0), CORNER(0, 66), END(60, 66), NEAR(42, 0), LAST(42, 100) } },
    { 4, { NEAR(8, 2), NEAR(-6, 64), NEAR(34, 66), END(54, 46), NEAR(54, 0), LAST(46, 100) } },
    /* one stroke; hat drawn last; nearly an S */
    { 5, { NEAR(54, 2), CORNER(12, 2), CORNER(8, 46), NEAR(34, 28), NEAR(68, 48), NEAR(58, 104),
           NEAR(18, 108), LAST(2, 88) } },
    { 5, { NEAR(14, 6), CORNER(10, 44), NEAR(70, 34), NEAR(66, 108), END(4, 98), NEAR(14, 4),
           LAST(58, 0) } },
    { 5, { NEAR(56, 4), NEAR(18, -4), NEAR(2, 44), NEAR(58, 46), NEAR(66, 104), NEAR(20, 106),
           LAST(4, 92) } },
    /* a round back; a straight back; a high, narrow bowl */
    { 6, { NEAR(46, 0), NEAR(8, 14), NEAR(-4, 82), NEAR(12, 108), NEAR(58, 108), NEAR(62, 52),
           NEAR(26, 46), LAST(4, 70) } },
    { 6, { NEAR(38, 0), NEAR(2, 56), NEAR(-2, 106), NEAR(54, 110), NEAR(58, 58), NEAR(22, 52),
           LAST(6, 82) } },
    { 6, { NEAR(30, 0), NEAR(12, 40), NEAR(0, 108), NEAR(46, 112), NEAR(56, 70), NEAR(40, 48),
           LAST(10, 68) } },
    /* plain; with a bar; with a hook; with both */
    { 7, { NEAR(2, 4), CORNER(58, 4), NEAR(36, 44), LAST(24, 100) } },
    { 7, { NEAR(4, 4), CORNER(56, 2), END(22, 100), NEAR(14, 52), LAST(56, 50) } },
    { 7, { NEAR(4, 22), CORNER(6, 4), CORNER(58, 2), NEAR(30, 50), LAST(28, 100) } },
    { 7, { NEAR(4, 18), CORNER(8, 2), CORNER(56, 6), END(26, 98), NEAR(12, 54),
           LAST(54, 48) } },
    /* one crossing stroke; two rings; crossing stroke left open at the top */
    { 8, { NEAR(52, 14), NEAR(40, -8), NEAR(2, -6), NEAR(0, 36), NEAR(62, 60), NEAR(66, 108),
           NEAR(-4, 108), NEAR(-4, 62), NEAR(52, 40), LAST(54, 12) } },
    { 8, { NEAR(30, 0), NEAR(4, 0), NEAR(4, 46), NEAR(56, 46), NEAR(56, 0), END(30, 0),
           NEAR(30, 46), NEAR(-2, 46), NEAR(-2, 102), NEAR(62, 102), NEAR(62, 46), LAST(30, 46)
           } },
    { 8, { NEAR(56, 8), NEAR(20, -14), NEAR(-4, 22), NEAR(54, 58), NEAR(60, 110), NEAR(4, 112),
           NEAR(-2, 66), LAST(58, 22) } },
    /* straight stem; curved tail; loop and stem in two strokes */
    { 9, { NEAR(52, 16), NEAR(38, -8), NEAR(-2, -4), NEAR(-2, 54), NEAR(42, 58), CORNER(54, 14),
           LAST(48, 100) } },
    { 9, { NEAR(54, 20), NEAR(36, -8), NEAR(-2, -2), NEAR(0, 56), NEAR(48, 56), CORNER(54, 14),
           NEAR(60, 112), LAST(8, 98) } },
    { 9, { NEAR(50, 20), NEAR(20, -16), NEAR(-6, 40), NEAR(24, 64), END(50, 26), NEAR(52, 4),
           NEAR(44, 60), LAST(30, 100) } },
};

enum { GLYPH_COUNT = sizeof glyphs / sizeof glyphs[0] };

typedef struct {
    int x, y;                   /* on paper */
} point;

typedef struct {
    int xx, xy, yx, yy;         /* paper = map * glyph, in fixed point */
    point centre;
} placing;

typedef struct {
    int radius;                 /* half the width of a stroke, on paper */
    int wander;                 /* how far a knot may stray, in parts of a glyph unit */
} pen;

/* How far each pixel's centre lies inside the nearest stroke; negative outside. */
typedef struct {
    int depth[DIGITS_PIXELS];
} paper;

static int between(rng *r, int low, int high)
{
    return low + (int)(rng_bits32(r) % (uint32_t)(high - low + 1));
}

/* -most .. most, more often near 0. */
static int about_zero(rng *r, int most)
{
    return between(r, -most, most) / 2 + between(r, -most, most) / 2;
}

static int root(int64_t square)
{
    return (int)sqrt((double)square);
}

/* The generator's seed. Each step can be undone, so no two indices of one seed share theirs. */
static uint32_t mix(uint64_t seed, int index)
{
    uint32_t bits = (uint32_t)index * 2654435769u ^ (uint32_t)(seed ^ seed >> 32);

    bits = (bits ^ bits >> 16) * 2246822507u;
    bits = (bits ^ bits >> 13) * 3266489909u;
    return bits ^ bits >> 16;
}

static const glyph *choose_glyph(rng *r, int label)
{
    int first = 0, count = 0;

    while (glyphs[first].label != label)
        first++;
    while (first + count < GLYPH_COUNT && glyphs[first + count].label == label)
        count++;
    return &glyphs[first + between(r, 0, count - 1)];
}

static placing choose_placing(rng *r)
{
    const int height = between(r, 14 * PIXEL, 20 * PIXEL);
    const int scale_y = height * ONE / (100 * FINE);
    const int scale_x = scale_y / 64 * between(r, 48, 82);      /* narrow to wide */
    const int slant = ONE / 10 + about_zero(r, ONE / 2);     /* tops lean to the right */
    const int sine = about_zero(r, ONE * 3 / 10);
    const int cosine = root((int64_t)ONE * ONE - (int64_t)sine * sine);
    const int lean = -(int)((int64_t)scale_y * slant / ONE);
    const int room = (DIGITS_SIZE * PIXEL - height) / 2 - PIXEL;
    const int right = about_zero(r, room * 5 / 8);
    const int down = about_zero(r, room * 5 / 8);

    return (placing){
        .xx = (int)((int64_t)cosine * scale_x / ONE),
        .xy = (int)(((int64_t)cosine * lean - (int64_t)sine * scale_y) / ONE),
        .yx = (int)((int64_t)sine * scale_x / ONE),
        .yy = (int)(((int64_t)sine * lean + (int64_t)cosine * scale_y) / ONE),
        .centre = { DIGITS_SIZE * PIXEL / 2 + right, DIGITS_SIZE * PIXEL / 2 + down },
    };
}

static bool ends(const knot *k)
{
    return k->kind == KNOT_END || k->kind == KNOT_LAST;
}

static point place(const placing *p, const knot *k, int wander, rng *r)
{
    const int x = (k->x - GLYPH_CENTRE_X) * FINE + about_zero(r, wander);
    const int y = (k->y - GLYPH_CENTRE_Y) * FINE + about_zero(r, wander);

    return (point){ p->centre.x + (p->xx * x + p->xy * y) / ONE,
                    p->centre.y + (p->yx * x + p->yy * y) / ONE };
}

/* Distance of p from the straight piece from a to b. */
static int distance(point p, point a, point b)
{
    const int64_t bx = b.x - a.x, by = b.y - a.y, px = p.x - a.x, py = p.y - a.y;
    const int64_t along = px * bx + py * by, length2 = bx * bx + by * by;

    if (along <= 0)
        return root(px * px + py * py);
    if (along >= length2)
        return root((px - bx) * (px - bx) + (py - by) * (py - by));
    const int64_t cross = px * by - py * bx;
    return root(cross * cross / length2);
}

static int pixel_of(int at)
{
    return at < 0 ? 0 : at >= DIGITS_SIZE * PIXEL ? DIGITS_SIZE - 1 : at / PIXEL;
}

static void ink_piece(paper *sheet, point a, point b, int radius)
{
    const int reach = radius + EDGE;
    const int top = pixel_of((a.y < b.y ? a.y : b.y) - reach);
    const int bottom = pixel_of((a.y > b.y ? a.y : b.y) + reach);
    const int left = pixel_of((a.x < b.x ? a.x : b.x) - reach);
    const int right = pixel_of((a.x > b.x ? a.x : b.x) + reach);

    for (int h = top; h <= bottom; h++)
        for (int w = left; w <= right; w++) {
            const point centre = { w * PIXEL + PIXEL / 2, h * PIXEL + PIXEL / 2 };
            const int depth = radius - distance(centre, a, b);
            if (depth > sheet->depth[h * DIGITS_SIZE + w])
                sheet->depth[h * DIGITS_SIZE + w] = depth;
        }
}

/* A quadratic Bezier curve. */
static void ink_curve(paper *sheet, point from, point control, point to, int radius)
{
    point last = from;

    for (int i = 1; i <= PIECES; i++) {
        const int a = (PIECES - i) * (PIECES - i), b = 2 * i * (PIECES - i), c = i * i;
        const point next = {
            (a * from.x + b * control.x + c * to.x) / (PIECES * PIECES),
            (a * from.y + b * control.y + c * to.y) / (PIECES * PIECES),
        };
        ink_piece(sheet, last, next, radius);
        last = next;
    }
}

/* Draws one stroke and returns its last knot. */
static const knot *ink_stroke(paper *sheet, const knot *k, const placing *p, const pen *tool,
                              rng *r)
{
    point last = place(p, k++, tool->wander, r);
    point here = place(p, k, tool->wander, r);

    for (;;) {
        if (k->kind != KNOT_NEAR) {
            ink_piece(sheet, last, here, tool->radius);
            last = here;
        }
        if (ends(k))
            return k;
        const point next = place(p, ++k, tool->wander, r);
        const point middle = { (here.x + next.x) / 2, (here.y + next.y) / 2 };
        if (ends(k)) {
            ink_curve(sheet, last, here, next, tool->radius);
            return k;
        }
        ink_curve(sheet, last, here, middle, tool->radius);
        last = middle;
        here = next;
    }
}

uint8_t digits_draw(uint64_t seed, int index, uint8_t *pixels)
{
    const int label = index % DIGITS_CLASSES;
    rng r;
    paper sheet;

    assert(index >= 0);
    rng_seed(&r, mix(seed, index));
    for (int i = 0; i < DIGITS_PIXELS; i++)
        sheet.depth[i] = -EDGE;
    const placing where = choose_placing(&r);
    const knot *k = choose_glyph(&r, label)->knots;
    const int radius = between(&r, PIXEL * 8 / 10, PIXEL * 15 / 10);
    const int wander = between(&r, 4 * FINE, 13 * FINE);
    const pen tool = { radius, wander };
    while ((k = ink_stroke(&sheet, k, &where, &tool, &r))->kind != KNOT_LAST)
        k++;

    const int full = between(&r, 200, 255);
    for (int i = 0; i < DIGITS_PIXELS; i++) {
        int inside = sheet.depth[i] + EDGE / 2;
        inside = inside < 0 ? 0 : inside > EDGE ? EDGE : inside;
        const int grain = inside > 0 ? between(&r, 0, 24) : 0;
        const int ink = full * inside / EDGE - grain;
        pixels[i] = (uint8_t)(ink > 0 ? ink : 0);
    }
    return (uint8_t)label;
}

void digits_draw_many(uint64_t seed, int first, int count, uint8_t *pixels, uint8_t *labels)
{
#pragma omp parallel for schedule(static)
    for (int i = 0; i < count; i++)
        labels[i] = digits_draw(seed, first + i, pixels + (ptrdiff_t)i * DIGITS_PIXELS);
}
