/* conv2d_reference.c: convolution from the formula in conv2d.h, in double precision.
 *
 * Written once, as a walk over every (output, tap) pair; the three passes differ only in what they
 * add where. Slow and plain on purpose. */
#include "reference/conv2d_reference.h"

/* One multiply-add of the convolution: output element y reads input element x through weight w. */
typedef struct {
    ptrdiff_t x, w, y;
} link;

typedef void link_visitor(void *context, link l);

/* Calls visit() for every tap of every window that lies inside the image. */
static void walk(const conv2d_shape *s, link_visitor *visit, void *context)
{
    const int group_c = s->c / s->groups, group_oc = s->oc / s->groups;

    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    for (int c = 0; c < group_c; c++)
                        for (int kh = 0; kh < s->kernel_h; kh++)
                            for (int kw = 0; kw < s->kernel_w; kw++) {
                                const ptrdiff_t ih = (ptrdiff_t)oh * s->stride_h - s->pad_top +
                                                     (ptrdiff_t)kh * s->dilation_h;
                                const ptrdiff_t iw = (ptrdiff_t)ow * s->stride_w - s->pad_left +
                                                     (ptrdiff_t)kw * s->dilation_w;
                                if (ih < 0 || ih >= s->h || iw < 0 || iw >= s->w)
                                    continue;
                                const ptrdiff_t ic = oc / group_oc * group_c + c;
                                visit(context, (link){
                                    .x = (((ptrdiff_t)n * s->c + ic) * s->h + ih) * s->w + iw,
                                    .w = (((ptrdiff_t)oc * group_c + c) * s->kernel_h + kh) *
                                             s->kernel_w + kw,
                                    .y = (((ptrdiff_t)n * s->oc + oc) * s->oh + oh) * s->ow + ow });
                            }
}

static void clear(exact *e, ptrdiff_t count, double terms)
{
    for (ptrdiff_t i = 0; i < count; i++)
        e[i] = (exact){ 0.0, 0.0, terms };
}

typedef struct {
    const float *x, *w, *dy;
    exact *y, *dx, *dw;
} operands;

static void add_forward_term(void *context, link l)
{
    const operands *o = context;
    exact_add(&o->y[l.y], (double)o->x[l.x] * (double)o->w[l.w]);
}

static void add_data_term(void *context, link l)
{
    const operands *o = context;
    exact_add(&o->dx[l.x], (double)o->dy[l.y] * (double)o->w[l.w]);
}

static void add_weight_term(void *context, link l)
{
    const operands *o = context;
    exact_add(&o->dw[l.w], (double)o->dy[l.y] * (double)o->x[l.x]);
}

void conv2d_reference_forward(const conv2d_shape *s, const float *x, const float *w,
                              const float *b, exact *y)
{
    const ptrdiff_t plane = (ptrdiff_t)s->oh * s->ow, outputs = s->n * s->oc * plane;
    const double taps = (double)(s->c / s->groups) * s->kernel_h * s->kernel_w;

    clear(y, outputs, taps + 1);
    for (ptrdiff_t i = 0; b && i < outputs; i++)
        exact_add(&y[i], (double)b[i / plane % s->oc]);
    walk(s, add_forward_term, &(operands){ .x = x, .w = w, .y = y });
}

void conv2d_reference_backward_data(const conv2d_shape *s, const float *dy, const float *w,
                                    exact *dx)
{
    const double readers = (double)(s->oc / s->groups) * s->kernel_h * s->kernel_w;

    clear(dx, (ptrdiff_t)s->n * s->c * s->h * s->w, readers);
    walk(s, add_data_term, &(operands){ .dy = dy, .w = w, .dx = dx });
}

void conv2d_reference_backward_weights(const conv2d_shape *s, const float *x, const float *dy,
                                       exact *dw, exact *db)
{
    const ptrdiff_t plane = (ptrdiff_t)s->oh * s->ow, outputs = s->n * s->oc * plane;
    const ptrdiff_t filter = (ptrdiff_t)(s->c / s->groups) * s->kernel_h * s->kernel_w;

    clear(dw, s->oc * filter, (double)s->n * (double)plane);
    walk(s, add_weight_term, &(operands){ .x = x, .dy = dy, .dw = dw });
    if (!db)
        return;
    clear(db, s->oc, (double)s->n * (double)plane);
    for (ptrdiff_t i = 0; i < outputs; i++)
        exact_add(&db[i / plane % s->oc], (double)dy[i]);
}
