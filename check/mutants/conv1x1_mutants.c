/* conv1x1_mutants.c: pointwise convolutions that are wrong on purpose, one mistake per row. */
#include "check/mutants/conv1x1_mutants.h"

typedef enum {
    CHANNELS_LAST, WEIGHTS_TRANSPOSED, DEPTHWISE, BIAS_MISSING, DX_STALE, DW_FIRST_IMAGE,
    DB_PIXEL_MEAN
} mistake;

/* Element [n][channel][p] of a tensor with that many channels. */
static ptrdiff_t at(const conv1x1_shape *s, mistake m, int channels, int n, int channel,
                    ptrdiff_t p)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    return m == CHANNELS_LAST ? (n * plane + p) * channels + channel
                              : ((ptrdiff_t)n * channels + channel) * plane + p;
}

static float weight(const conv1x1_shape *s, mistake m, const float *w, int oc, int c)
{
    if (m == DEPTHWISE && oc % s->c != c)
        return 0.0f;
    return m == WEIGHTS_TRANSPOSED ? w[(ptrdiff_t)c * s->oc + oc] : w[(ptrdiff_t)oc * s->c + c];
}

static void forward(const conv1x1_shape *s, mistake m, const float *x, const float *w,
                    const float *b, float *y)
{
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++)
            for (ptrdiff_t p = 0; p < (ptrdiff_t)s->h * s->w; p++) {
                float sum = b && m != BIAS_MISSING ? b[oc] : 0.0f;
                for (int c = 0; c < s->c; c++)
                    sum += weight(s, m, w, oc, c) * x[at(s, m, s->c, n, c, p)];
                y[at(s, m, s->oc, n, oc, p)] = sum;
            }
}

static void backward_data(const conv1x1_shape *s, mistake m, const float *dy, const float *w,
                          float *dx)
{
    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++)
            for (ptrdiff_t p = 0; p < (ptrdiff_t)s->h * s->w; p++) {
                float *const out = &dx[at(s, m, s->c, n, c, p)];
                float sum = m == DX_STALE ? *out : 0.0f;
                for (int oc = 0; oc < s->oc; oc++)
                    sum += weight(s, m, w, oc, c) * dy[at(s, m, s->oc, n, oc, p)];
                *out = sum;
            }
}

static void backward_weights(const conv1x1_shape *s, mistake m, const float *x, const float *dy,
                             float *dw, float *db)
{
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;
    const int images = m == DW_FIRST_IMAGE && s->n > 1 ? 1 : s->n;

    for (int oc = 0; oc < s->oc; oc++)
        for (int c = 0; c < s->c; c++, dw++) {
            *dw = 0.0f;
            for (int n = 0; n < images; n++)
                for (ptrdiff_t p = 0; p < plane; p++)
                    *dw += dy[at(s, m, s->oc, n, oc, p)] * x[at(s, m, s->c, n, c, p)];
        }
    for (int oc = 0; db && oc < s->oc; oc++) {
        db[oc] = 0.0f;
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t p = 0; p < plane; p++)
                db[oc] += dy[at(s, m, s->oc, n, oc, p)];
        if (m == DB_PIXEL_MEAN)
            db[oc] /= (float)plane;
    }
}

#define FORWARD(name, m)                                                                        \
    static void name(const conv1x1_shape *s, const float *x, const float *w, const float *b,    \
                     float *y, void *workspace)                                                 \
    {                                                                                           \
        (void)workspace;                                                                        \
        forward(s, m, x, w, b, y);                                                              \
    }
#define BACKWARD_DATA(name, m)                                                                  \
    static void name(const conv1x1_shape *s, const float *dy, const float *w, float *dx,        \
                     void *workspace)                                                           \
    {                                                                                           \
        (void)workspace;                                                                        \
        backward_data(s, m, dy, w, dx);                                                         \
    }
#define BACKWARD_WEIGHTS(name, m)                                                               \
    static void name(const conv1x1_shape *s, const float *x, const float *dy, float *dw,        \
                     float *db, void *workspace)                                                \
    {                                                                                           \
        (void)workspace;                                                                        \
        backward_weights(s, m, x, dy, dw, db);                                                  \
    }

FORWARD(forward_channels_last, CHANNELS_LAST)
FORWARD(forward_weights_transposed, WEIGHTS_TRANSPOSED)
FORWARD(forward_depthwise, DEPTHWISE)
FORWARD(forward_bias_missing, BIAS_MISSING)
BACKWARD_DATA(backward_data_weights_transposed, WEIGHTS_TRANSPOSED)
BACKWARD_DATA(backward_data_stale, DX_STALE)
BACKWARD_WEIGHTS(backward_weights_first_image, DW_FIRST_IMAGE)
BACKWARD_WEIGHTS(backward_weights_db_pixel_mean, DB_PIXEL_MEAN)

#define INFO(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const conv1x1_variant conv1x1_mutants[] = {
    { INFO("channels-last", "the tensors are read as [n][h][w][c]: channels come before pixels"),
      .forward = forward_channels_last },
    { INFO("weights-transposed", "w is read as [c][oc]: it is stored [oc][c]"),
      .forward = forward_weights_transposed },
    { INFO("depthwise", "each output channel reads one input channel: it sums over all of them"),
      .forward = forward_depthwise },
    { INFO("bias-missing", "the bias is never added"),
      .forward = forward_bias_missing },
    { INFO("dx-weights-transposed", "w is read as [c][oc] on the way back: it is stored [oc][c]"),
      .backward_data = backward_data_weights_transposed },
    { INFO("dx-stale", "dx is added to what it held before: gradients are overwritten"),
      .backward_data = backward_data_stale },
    { INFO("dw-first-image", "dw holds the first image's gradient only: images add up"),
      .backward_weights = backward_weights_first_image },
    { INFO("db-pixel-mean", "db is divided by the pixels: it is the sum of dy over them"),
      .backward_weights = backward_weights_db_pixel_mean },
};
const size_t conv1x1_mutant_count = sizeof conv1x1_mutants / sizeof conv1x1_mutants[0];
