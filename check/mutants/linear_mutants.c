/* linear_mutants.c: fully connected layers that are wrong on purpose, one mistake per row. */
#include "check/mutants/linear_mutants.h"

typedef enum {
    WEIGHTS_TRANSPOSED, BIAS_MISSING, BIAS_BY_ROW, LAST_OUTPUT_SKIPPED, DX_STALE, DW_STALE,
    DW_MEAN, DB_FIRST_ROW
} mistake;

static float weight(const linear_shape *s, mistake m, const float *w, int o, int i)
{
    return m == WEIGHTS_TRANSPOSED ? w[(ptrdiff_t)i * s->out_features + o]
                                   : w[(ptrdiff_t)o * s->in_features + i];
}

static void forward(const linear_shape *s, mistake m, const float *x, const float *w,
                    const float *b, float *y)
{
    const int in = s->in_features, out = s->out_features;

    for (int n = 0; n < s->n; n++)
        for (int o = 0; o < (m == LAST_OUTPUT_SKIPPED ? out - 1 : out); o++) {
            float sum = b && m != BIAS_MISSING ? b[m == BIAS_BY_ROW ? n % out : o] : 0.0f;
            for (int i = 0; i < in; i++)
                sum += x[(ptrdiff_t)n * in + i] * weight(s, m, w, o, i);
            y[(ptrdiff_t)n * out + o] = sum;
        }
}

static void backward_data(const linear_shape *s, mistake m, const float *dy, const float *w,
                          float *dx)
{
    for (int n = 0; n < s->n; n++)
        for (int i = 0; i < s->in_features; i++, dx++) {
            if (m != DX_STALE)
                *dx = 0.0f;
            for (int o = 0; o < s->out_features; o++)
                *dx += dy[(ptrdiff_t)n * s->out_features + o] * weight(s, m, w, o, i);
        }
}

static void backward_weights(const linear_shape *s, mistake m, const float *x, const float *dy,
                             float *dw, float *db)
{
    const int in = s->in_features, out = s->out_features;

    for (int o = 0; o < out; o++)
        for (int i = 0; i < in; i++, dw++) {
            if (m != DW_STALE)
                *dw = 0.0f;
            for (int n = 0; n < s->n; n++)
                *dw += dy[(ptrdiff_t)n * out + o] * x[(ptrdiff_t)n * in + i];
            if (m == DW_MEAN && s->n > 0)
                *dw /= (float)s->n;
        }
    for (int o = 0; db && o < out; o++) {
        db[o] = 0.0f;
        for (int n = 0; n < (m == DB_FIRST_ROW && s->n > 1 ? 1 : s->n); n++)
            db[o] += dy[(ptrdiff_t)n * out + o];
    }
}

#define FORWARD(name, m)                                                                        \
    static void name(const linear_shape *s, const float *x, const float *w, const float *b,     \
                     float *y, void *workspace)                                                 \
    {                                                                                           \
        (void)workspace;                                                                        \
        forward(s, m, x, w, b, y);                                                              \
    }
#define BACKWARD_DATA(name, m)                                                                  \
    static void name(const linear_shape *s, const float *dy, const float *w, float *dx,         \
                     void *workspace)                                                           \
    {                                                                                           \
        (void)workspace;                                                                        \
        backward_data(s, m, dy, w, dx);                                                         \
    }
#define BACKWARD_WEIGHTS(name, m)                                                               \
    static void name(const linear_shape *s, const float *x, const float *dy, float *dw,         \
                     float *db, void *workspace)                                                \
    {                                                                                           \
        (void)workspace;                                                                        \
        backward_weights(s, m, x, dy, dw, db);                                                  \
    }

FORWARD(forward_weights_transposed, WEIGHTS_TRANSPOSED)
FORWARD(forward_bias_missing, BIAS_MISSING)
FORWARD(forward_bias_by_row, BIAS_BY_ROW)
FORWARD(forward_last_output_skipped, LAST_OUTPUT_SKIPPED)
BACKWARD_DATA(backward_data_weights_transposed, WEIGHTS_TRANSPOSED)
BACKWARD_DATA(backward_data_stale, DX_STALE)
BACKWARD_WEIGHTS(backward_weights_stale, DW_STALE)
BACKWARD_WEIGHTS(backward_weights_mean, DW_MEAN)
BACKWARD_WEIGHTS(backward_weights_db_first_row, DB_FIRST_ROW)

#define INFO(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const linear_variant linear_mutants[] = {
    { INFO("weights-transposed", "w is read as [in][out]: it is stored [out][in]"),
      .forward = forward_weights_transposed },
    { INFO("bias-missing", "the bias is never added"),
      .forward = forward_bias_missing },
    { INFO("bias-by-row", "the bias is chosen by the row of the batch: it belongs to the output"),
      .forward = forward_bias_by_row },
    { INFO("last-output-skipped", "the loop over outputs stops one short"),
      .forward = forward_last_output_skipped },
    { INFO("dx-weights-transposed", "dx = dy * w with w as stored, [out][in], not its transpose"),
      .backward_data = backward_data_weights_transposed },
    { INFO("dx-stale", "dx is added to what it held before: gradients are overwritten"),
      .backward_data = backward_data_stale },
    { INFO("dw-stale", "dw is added to what it held before: gradients are overwritten"),
      .backward_weights = backward_weights_stale },
    { INFO("dw-mean", "dw is divided by the batch: the mean belongs to the loss, not here"),
      .backward_weights = backward_weights_mean },
    { INFO("db-first-row", "db holds the first row's gradient only: rows add up"),
      .backward_weights = backward_weights_db_first_row },
};
const size_t linear_mutant_count = sizeof linear_mutants / sizeof linear_mutants[0];
