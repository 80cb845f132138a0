/* pool2d_reference.c: pooling seen from the input: which windows hold this element?
 *
 * The kernels walk the taps of a window and ask whether they lie in the image; here the rows and
 * columns of the image are asked whether they belong to the window. A maximum is a selection (terms
 * 0); an average of k elements goes through k - 1 additions and a division, or a multiplication by
 * a rounded reciprocal: at most k + 1 roundings. */
#include "reference/pool2d_reference.h"

/* One direction of one window. */
typedef struct {
    ptrdiff_t start, kernel, dilation;
} window;

static window rows_of(const pool2d_shape *s, int oh)
{
    return (window){ (ptrdiff_t)oh * s->stride_h - s->pad_top, s->kernel_h, s->dilation_h };
}

static window columns_of(const pool2d_shape *s, int ow)
{
    return (window){ (ptrdiff_t)ow * s->stride_w - s->pad_left, s->kernel_w, s->dilation_w };
}

static bool holds(window v, ptrdiff_t coordinate)
{
    const ptrdiff_t distance = coordinate - v.start;
    return distance >= 0 && distance % v.dilation == 0 && distance / v.dilation < v.kernel;
}

/* The part of low..high-1 between the window's first and last element. */
static ptrdiff_t first_in(window v, ptrdiff_t low)
{
    return v.start > low ? v.start : low;
}

static ptrdiff_t end_in(window v, ptrdiff_t high)
{
    const ptrdiff_t end = v.start + (v.kernel - 1) * v.dilation + 1;
    return end < high ? end : high;
}

/* How many of low..high-1 the window holds. */
static double members(window v, ptrdiff_t low, ptrdiff_t high)
{
    double count = 0.0;

    for (ptrdiff_t i = first_in(v, low); i < end_in(v, high); i++)
        count += holds(v, i);
    return count;
}

static double divisor_of(const pool2d_shape *s, window rows, window columns)
{
    if (s->count_include_pad)
        return members(rows, -(ptrdiff_t)s->pad_top, (ptrdiff_t)s->h + s->pad_bottom) *
               members(columns, -(ptrdiff_t)s->pad_left, (ptrdiff_t)s->w + s->pad_right);
    return members(rows, 0, s->h) * members(columns, 0, s->w);
}

typedef void visitor(void *context, ptrdiff_t input, ptrdiff_t output, double divisor);

/* Calls visit() for every pair of a window and an image element in it: outputs ascending, for each
 * of them inputs ascending. */
static void walk(const pool2d_shape *s, visitor *visit, void *context)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    for (ptrdiff_t o = 0; o < outputs; o++) {
        const window rows = rows_of(s, (int)(o / s->ow % s->oh));
        const window columns = columns_of(s, (int)(o % s->ow));
        const ptrdiff_t plane = o / s->ow / s->oh;
        const double divisor = divisor_of(s, rows, columns);
        for (ptrdiff_t ih = first_in(rows, 0); ih < end_in(rows, s->h); ih++)
            for (ptrdiff_t iw = first_in(columns, 0); iw < end_in(columns, s->w); iw++)
                if (holds(rows, ih) && holds(columns, iw))
                    visit(context, (plane * s->h + ih) * s->w + iw, o, divisor);
    }
}

typedef struct {
    const pool2d_shape *s;
    const float *x, *dy;
    exact *y, *index, *dx;
} operands;

static void keep_larger(void *context, ptrdiff_t input, ptrdiff_t output, double divisor)
{
    const operands *o = context;
    const double x = (double)o->x[input], y = o->y[output].value;
    const bool first = o->index[output].value < 0.0;

    (void)divisor;
    if (isnan(y) || (!first && !isnan(x) && x <= y))
        return;                                 /* a NaN stays, and so does the earlier of equals */
    o->y[output] = (exact){ x, fabs(x), 0.0 };
    o->index[output].value = (double)(input % ((ptrdiff_t)o->s->h * o->s->w));
}

void pool2d_reference_max_forward(const pool2d_shape *s, const float *x, exact *y, exact *index)
{
    const ptrdiff_t outputs = (ptrdiff_t)s->n * s->c * s->oh * s->ow;

    for (ptrdiff_t o = 0; o < outputs; o++) {
        y[o] = (exact){ -(double)INFINITY, 0.0, 0.0 };
        index[o] = (exact){ -1.0, 0.0, 0.0 };
    }
    walk(s, keep_larger, &(operands){ .s = s, .x = x, .y = y, .index = index });
}

static void clear(exact *e, ptrdiff_t count, double terms)
{
    for (ptrdiff_t i = 0; i < count; i++)
        e[i] = (exact){ 0.0, 0.0, terms };
}

void pool2d_reference_max_backward(const pool2d_shape *s, const float *dy, const int32_t *index,
                                   exact *dx)
{
    const ptrdiff_t image = (ptrdiff_t)s->h * s->w, windows = (ptrdiff_t)s->oh * s->ow;
    const ptrdiff_t inputs = s->n * s->c * image;

    clear(dx, inputs, -1.0);                    /* k values need k - 1 additions */
    for (ptrdiff_t o = 0; o < s->n * s->c * windows; o++)
        if (index[o] >= 0) {
            exact *const chosen = &dx[o / windows * image + index[o]];
            exact_add(chosen, (double)dy[o]);
            chosen->terms += 1.0;
        }
    for (ptrdiff_t i = 0; i < inputs; i++)
        dx[i].terms = fmax(dx[i].terms, 0.0);
}

static void add_input(void *context, ptrdiff_t input, ptrdiff_t output, double divisor)
{
    const operands *o = context;

    exact_add(&o->y[output], (double)o->x[input] / divisor);
    o->y[output].terms += 1.0;
}

void pool2d_reference_average_forward(const pool2d_shape *s, const float *x, exact *y)
{
    clear(y, (ptrdiff_t)s->n * s->c * s->oh * s->ow, 1.0);
    walk(s, add_input, &(operands){ .s = s, .x = x, .y = y });
}

static void add_share(void *context, ptrdiff_t input, ptrdiff_t output, double divisor)
{
    const operands *o = context;

    exact_add(&o->dx[input], (double)o->dy[output] / divisor);
    o->dx[input].terms += 1.0;
}

void pool2d_reference_average_backward(const pool2d_shape *s, const float *dy, exact *dx)
{
    clear(dx, (ptrdiff_t)s->n * s->c * s->h * s->w, 1.0);
    walk(s, add_share, &(operands){ .s = s, .dy = dy, .dx = dx });
}
