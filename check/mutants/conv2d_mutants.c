/* conv2d_mutants.c: convolutions that are wrong on purpose.
 *
 * Each row of the table makes one mistake. Those about the geometry change the shape as the kernel
 * reads it; the others are marked where they happen. All stay within their buffers unless that is
 * the mistake. */
#include "check/mutants/conv2d_mutants.h"

#include <math.h>
#include <omp.h>

typedef enum {
    FLIPPED_KERNEL, PAD_OFF_BY_ONE, PAD_ONE_SIDE, PAD_REPEATS_EDGE, STRIDE_IGNORED,
    STRIDES_SWAPPED, DILATION_IGNORED, GROUPS_IGNORED, BIAS_PER_CHANNEL, BIAS_MISSING,
    LAST_ROW_SKIPPED, FIRST_IMAGE_ONLY, PRODUCTS_IN_HALF, ZEROS, GUARD_OVERWRITTEN, DX_NOT_ZEROED,
    DX_OVERWRITTEN, DW_STALE, DW_LAST_IMAGE, DW_MEAN, DW_BY_THREADS, DB_MEAN, DB_FORGOTTEN,
    DY_MODIFIED
} mistake;

/* The shape as the mistaken kernel understands it; extents of tensors stay. */
static conv2d_shape misread(const conv2d_shape *s, mistake m)
{
    conv2d_shape t = *s;

    switch (m) {
    case PAD_OFF_BY_ONE: t.pad_top++; t.pad_left++; break;
    case PAD_ONE_SIDE: t.pad_top = t.pad_left = 0; break;
    case STRIDE_IGNORED: t.stride_h = t.stride_w = 1; break;
    case STRIDES_SWAPPED: t.stride_h = s->stride_w; t.stride_w = s->stride_h; break;
    case DILATION_IGNORED: t.dilation_h = t.dilation_w = 1; break;
    default: break;
    }
    return t;
}

/* Rounded to the 11 significant bits of half precision. */
static float half(float value)
{
    int exponent;
    const float fraction = frexpf(value, &exponent);

    return ldexpf(rintf(ldexpf(fraction, 11)), exponent - 11);
}

/* One tap: which elements of x and w meet. */
typedef struct {
    ptrdiff_t x, w;
    bool inside;
} tap;

static int clamp(int i, int extent)
{
    return i < 0 ? 0 : i >= extent ? extent - 1 : i;
}

static tap tap_at(const conv2d_shape *s, mistake m, int n, int oc, int oh, int ow, int c, int kh,
                  int kw)
{
    const int group_c = s->c / s->groups;
    const int first_c = m == GROUPS_IGNORED ? 0 : oc / (s->oc / s->groups) * group_c;
    int ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
    int iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
    tap t = { .inside = ih >= 0 && ih < s->h && iw >= 0 && iw < s->w };

    if (m == PAD_REPEATS_EDGE) {
        ih = clamp(ih, s->h);
        iw = clamp(iw, s->w);
        t.inside = true;
    }
    if (m == FLIPPED_KERNEL) {
        kh = s->kernel_h - 1 - kh;
        kw = s->kernel_w - 1 - kw;
    }
    t.x = (((ptrdiff_t)n * s->c + first_c + c) * s->h + ih) * s->w + iw;
    t.w = (((ptrdiff_t)oc * group_c + c) * s->kernel_h + kh) * s->kernel_w + kw;
    return t;
}

static float forward_element(const conv2d_shape *s, mistake m, const float *x, const float *w,
                             const float *b, int n, int oc, int oh, int ow)
{
    float sum = b && m != BIAS_MISSING ? b[oc] : 0.0f;

    for (int c = 0; c < s->c / s->groups; c++)
        for (int kh = 0; kh < s->kernel_h; kh++)
            for (int kw = 0; kw < s->kernel_w; kw++) {
                const tap t = tap_at(s, m, n, oc, oh, ow, c, kh, kw);
                if (b && m == BIAS_PER_CHANNEL && c > 0 && kh == 0 && kw == 0)
                    sum += b[oc];
                if (t.inside)
                    sum += m == PRODUCTS_IN_HALF ? half(x[t.x]) * half(w[t.w]) : x[t.x] * w[t.w];
            }
    return m == ZEROS ? 0.0f : sum;
}

static void forward(const conv2d_shape *s, mistake m, const float *x, const float *w,
                    const float *b, float *y)
{
    const conv2d_shape t = misread(s, m);
    const int images = m == FIRST_IMAGE_ONLY && s->n > 1 ? 1 : s->n;
    const int rows = m == LAST_ROW_SKIPPED ? s->oh - 1 : s->oh;

    for (int n = 0; n < images; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < rows; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    y[(((ptrdiff_t)n * s->oc + oc) * s->oh + oh) * s->ow + ow] =
                        forward_element(&t, m, x, w, b, n, oc, oh, ow);
    if (m == GUARD_OVERWRITTEN)
        y[(ptrdiff_t)s->n * s->oc * s->oh * s->ow] = 0.0f;
}

static void backward_data(const conv2d_shape *s, mistake m, const float *dy, const float *w,
                          float *dx)
{
    const conv2d_shape t = misread(s, m);

    for (ptrdiff_t i = 0; m != DX_NOT_ZEROED && i < (ptrdiff_t)s->n * s->c * s->h * s->w; i++)
        dx[i] = 0.0f;
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++, dy++)
                    for (int c = 0; c < s->c / s->groups; c++)
                        for (int kh = 0; kh < s->kernel_h; kh++)
                            for (int kw = 0; kw < s->kernel_w; kw++) {
                                const tap at = tap_at(&t, m, n, oc, oh, ow, c, kh, kw);
                                if (at.inside && m == DX_OVERWRITTEN)
                                    dx[at.x] = *dy * w[at.w];
                                else if (at.inside)
                                    dx[at.x] += *dy * w[at.w];
                            }
}

/* What images first..end-1 owe to dw. */
static void add_weight_gradient(const conv2d_shape *s, mistake m, const float *x, const float *dy,
                                int first, int end, float *dw)
{
    for (int n = first; n < end; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    for (int c = 0; c < s->c / s->groups; c++)
                        for (int kh = 0; kh < s->kernel_h; kh++)
                            for (int kw = 0; kw < s->kernel_w; kw++) {
                                const tap at = tap_at(s, m, n, oc, oh, ow, c, kh, kw);
                                const ptrdiff_t y = (((ptrdiff_t)n * s->oc + oc) * s->oh + oh) *
                                                        s->ow + ow;
                                if (at.inside)
                                    dw[at.w] += dy[y] * x[at.x];
                            }
}

static void backward_weights(const conv2d_shape *s, mistake m, const float *x, const float *dy,
                             float *dw, float *db)
{
    const conv2d_shape t = misread(s, m);
    const ptrdiff_t plane = (ptrdiff_t)s->oh * s->ow;
    const ptrdiff_t weights = (ptrdiff_t)s->oc * (s->c / s->groups) * s->kernel_h * s->kernel_w;

    for (ptrdiff_t i = 0; m != DW_STALE && i < weights; i++)
        dw[i] = 0.0f;
    add_weight_gradient(&t, m, x, dy, m == DW_LAST_IMAGE && s->n > 1 ? s->n - 1 : 0, s->n, dw);
    for (ptrdiff_t i = 0; m == DW_MEAN && s->n > 0 && i < weights; i++)
        dw[i] /= (float)s->n;
    for (int oc = 0; db && m != DB_FORGOTTEN && oc < s->oc; oc++) {
        db[oc] = 0.0f;
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t i = 0; i < plane; i++)
                db[oc] += dy[((ptrdiff_t)n * s->oc + oc) * plane + i];
        if (m == DB_MEAN && s->n > 0)
            db[oc] /= (float)s->n;
    }
    if (m == DY_MODIFIED && s->n > 0)
        ((float *)dy)[0] *= 0.5f;
}

/* One weight after another, each summed in as many parts as there are threads. */
static void backward_weights_by_threads(const conv2d_shape *s, const float *x, const float *dy,
                                        float *dw, float *db, void *workspace)
{
    const int group_c = s->c / s->groups, taps = s->kernel_h * s->kernel_w;
    const int parts = omp_get_max_threads();

    (void)workspace;
    backward_weights(s, DW_BY_THREADS, x, dy, dw, db);
    for (ptrdiff_t i = 0; i < (ptrdiff_t)s->oc * group_c * taps; i++) {
        const int oc = (int)(i / taps / group_c), c = (int)(i / taps % group_c);
        const int kh = (int)(i / s->kernel_w % s->kernel_h), kw = (int)(i % s->kernel_w);
        dw[i] = 0.0f;
        for (int part = 0; part < parts; part++) {
            float sum = 0.0f;
            for (int n = s->n * part / parts; n < s->n * (part + 1) / parts; n++)
                for (int o = 0; o < s->oh * s->ow; o++) {
                    const tap at =
                        tap_at(s, DW_BY_THREADS, n, oc, o / s->ow, o % s->ow, c, kh, kw);
                    if (at.inside)
                        sum += dy[((ptrdiff_t)n * s->oc + oc) * s->oh * s->ow + o] * x[at.x];
                }
            dw[i] += sum;
        }
    }
}

#define FORWARD(name, m)                                                                        \
    static void name(const conv2d_shape *s, const float *x, const float *w, const float *b,     \
                     float *y, void *workspace)                                                 \
    {                                                                                           \
        (void)workspace;                                                                        \
        forward(s, m, x, w, b, y);                                                              \
    }
#define BACKWARD_DATA(name, m)                                                                  \
    static void name(const conv2d_shape *s, const float *dy, const float *w, float *dx,         \
                     void *workspace)                                                           \
    {                                                                                           \
        (void)workspace;                                                                        \
        backward_data(s, m, dy, w, dx);                                                         \
    }
#define BACKWARD_WEIGHTS(name, m)                                                               \
    static void name(const conv2d_shape *s, const float *x, const float *dy, float *dw,         \
                     float *db, void *workspace)                                                \
    {                                                                                           \
        (void)workspace;                                                                        \
        backward_weights(s, m, x, dy, dw, db);                                                  \
    }

FORWARD(forward_flipped_kernel, FLIPPED_KERNEL)
FORWARD(forward_pad_off_by_one, PAD_OFF_BY_ONE)
FORWARD(forward_pad_one_side, PAD_ONE_SIDE)
FORWARD(forward_pad_repeats_edge, PAD_REPEATS_EDGE)
FORWARD(forward_stride_ignored, STRIDE_IGNORED)
FORWARD(forward_strides_swapped, STRIDES_SWAPPED)
FORWARD(forward_dilation_ignored, DILATION_IGNORED)
FORWARD(forward_groups_ignored, GROUPS_IGNORED)
FORWARD(forward_bias_per_channel, BIAS_PER_CHANNEL)
FORWARD(forward_bias_missing, BIAS_MISSING)
FORWARD(forward_last_row_skipped, LAST_ROW_SKIPPED)
FORWARD(forward_first_image_only, FIRST_IMAGE_ONLY)
FORWARD(forward_half_precision, PRODUCTS_IN_HALF)
FORWARD(forward_zeros, ZEROS)
FORWARD(forward_guard_overwritten, GUARD_OVERWRITTEN)
BACKWARD_DATA(backward_data_not_zeroed, DX_NOT_ZEROED)
BACKWARD_DATA(backward_data_overwritten, DX_OVERWRITTEN)
BACKWARD_DATA(backward_data_flipped_kernel, FLIPPED_KERNEL)
BACKWARD_DATA(backward_data_pad_one_side, PAD_ONE_SIDE)
BACKWARD_DATA(backward_data_stride_ignored, STRIDE_IGNORED)
BACKWARD_WEIGHTS(backward_weights_stale, DW_STALE)
BACKWARD_WEIGHTS(backward_weights_last_image, DW_LAST_IMAGE)
BACKWARD_WEIGHTS(backward_weights_mean, DW_MEAN)
BACKWARD_WEIGHTS(backward_weights_db_mean, DB_MEAN)
BACKWARD_WEIGHTS(backward_weights_db_forgotten, DB_FORGOTTEN)
BACKWARD_WEIGHTS(backward_weights_dilation_ignored, DILATION_IGNORED)
BACKWARD_WEIGHTS(backward_weights_groups_ignored, GROUPS_IGNORED)
BACKWARD_WEIGHTS(backward_weights_dy_modified, DY_MODIFIED)

#define INFO(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const conv2d_variant conv2d_mutants[] = {
    { INFO("flipped-kernel", "the kernel is flipped by 180 degrees: that is mathematical "
           "convolution, networks use cross-correlation"),
      .forward = forward_flipped_kernel },
    { INFO("pad-off-by-one", "the window starts one row and column too early: it begins at "
           "-pad, not at -pad - 1"),
      .forward = forward_pad_off_by_one },
    { INFO("pad-one-side", "padding is added below and to the right only: the first window "
           "begins at -pad, not at 0"),
      .forward = forward_pad_one_side },
    { INFO("pad-repeats-edge", "outside the image the nearest pixel is read: padding is zeros"),
      .forward = forward_pad_repeats_edge },
    { INFO("stride-ignored", "the window moves by one element per output, whatever the stride"),
      .forward = forward_stride_ignored },
    { INFO("strides-swapped", "the vertical stride is used across and the horizontal one down"),
      .forward = forward_strides_swapped },
    { INFO("dilation-ignored", "neighbouring taps are read although dilation spreads them"),
      .forward = forward_dilation_ignored },
    { INFO("groups-ignored", "every filter reads the first group's channels, not its own group's"),
      .forward = forward_groups_ignored },
    { INFO("bias-per-channel", "the bias is added once per input channel: it belongs to the "
           "output element, once"),
      .forward = forward_bias_per_channel },
    { INFO("bias-missing", "the bias is never added"),
      .forward = forward_bias_missing },
    { INFO("last-row-skipped", "the loop over output rows stops one short"),
      .forward = forward_last_row_skipped },
    { INFO("first-image-only", "only the first image of the batch is computed"),
      .forward = forward_first_image_only },
    { INFO("half-precision", "x and w are rounded to half precision before they are multiplied"),
      .forward = forward_half_precision },
    { INFO("zeros", "nothing is computed: every output is zero"),
      .forward = forward_zeros },
    { INFO("guard-overwritten", "one element is written behind the end of y"),
      .forward = forward_guard_overwritten },
    { INFO("dx-not-zeroed", "gradients are added to whatever dx held: it must be zeroed first"),
      .backward_data = backward_data_not_zeroed },
    { INFO("dx-overwritten", "windows overlap: an input gets the sum of their gradients, not the "
           "last one"),
      .backward_data = backward_data_overwritten },
    { INFO("dx-flipped-kernel", "the gradient goes back through the flipped kernel: each input "
           "gets it through the very weight that it met"),
      .backward_data = backward_data_flipped_kernel },
    { INFO("dx-pad-one-side", "dx is shifted by the padding: the forward pass began at -pad"),
      .backward_data = backward_data_pad_one_side },
    { INFO("dx-stride-ignored", "outputs are scattered next to each other: they were read stride "
           "elements apart"),
      .backward_data = backward_data_stride_ignored },
    { INFO("dw-stale", "dw is added to what it held before: gradients are overwritten"),
      .backward_weights = backward_weights_stale },
    { INFO("dw-last-image", "dw holds the last image's gradient only: images add up"),
      .backward_weights = backward_weights_last_image },
    { INFO("dw-mean", "dw is divided by the batch: the mean belongs to the loss, not here"),
      .backward_weights = backward_weights_mean },
    { INFO("dw-by-threads", "the sum is cut into as many parts as there are threads: the result "
           "changes with their number"),
      .backward_weights = backward_weights_by_threads },
    { INFO("db-mean", "db is divided by the batch: it is the sum of dy over images and pixels"),
      .backward_weights = backward_weights_db_mean },
    { INFO("db-forgotten", "db is never written"),
      .backward_weights = backward_weights_db_forgotten },
    { INFO("dw-dilation-ignored", "dw pairs dy with neighbouring inputs: the taps were spread by "
           "dilation"),
      .backward_weights = backward_weights_dilation_ignored },
    { INFO("dw-groups-ignored", "dw pairs every filter with the first group's channels"),
      .backward_weights = backward_weights_groups_ignored },
    { INFO("dy-modified", "dy is changed in place: inputs belong to the caller"),
      .backward_weights = backward_weights_dy_modified },
};
const size_t conv2d_mutant_count = sizeof conv2d_mutants / sizeof conv2d_mutants[0];
