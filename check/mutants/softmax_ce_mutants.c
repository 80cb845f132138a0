/* softmax_ce_mutants.c: known-wrong softmax and cross-entropy kernels.
 *
 * Idea: one wrong kernel per pass, in double so that nothing but the mistake is wrong, with a
 *       switch for every mistake; each row makes one. info.idea tells the misconception. */
#include "check/mutants/softmax_ce_mutants.h"

#include <math.h>
#include <omp.h>

/* Where the first class of place p = n*inner + i lies. */
static ptrdiff_t first_class(const softmax_ce_shape *s, ptrdiff_t p)
{
    return p / s->inner * s->classes * s->inner + p % s->inner;
}

static double half(double x)
{
    int exponent;
    const double fraction = frexp(x, &exponent);
    return isfinite(x) ? ldexp(rint(ldexp(fraction, 11)), exponent - 11) : x;
}

/* ---- Softmax and its logarithm ---- */

typedef enum {
    NO_MISTAKE, NO_MAX, FIRST_AS_MAX, HALF_PRECISION, LOG_OF_SOFTMAX, LOG_BASE_2
} forward_mistake;

static double sum_of_exp(forward_mistake wrong, const softmax_ce_shape *s, const float *x,
                         double *max)
{
    double sum = 0.0;

    *max = wrong == NO_MAX ? 0.0 : (double)x[0];
    for (int c = 1; c < s->classes && wrong != FIRST_AS_MAX && wrong != NO_MAX; c++)
        *max = fmax(*max, (double)x[(ptrdiff_t)c * s->inner]);
    for (int c = 0; c < s->classes; c++)
        sum += (double)expf((float)((double)x[(ptrdiff_t)c * s->inner] - *max));
    return sum;
}

static void wrong_softmax(forward_mistake wrong, const softmax_ce_shape *s, const float *x,
                          float *y)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        double max;
        const double sum = sum_of_exp(wrong, s, x + first, &max);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            const double e = (double)expf((float)((double)x[i] - max)) / sum;
            y[i] = (float)(wrong == HALF_PRECISION ? half(e) : e);
        }
    }
}

static void no_max(const softmax_ce_shape *s, const float *x, float *y)
{
    wrong_softmax(NO_MAX, s, x, y);
}

static void first_as_max(const softmax_ce_shape *s, const float *x, float *y)
{
    wrong_softmax(FIRST_AS_MAX, s, x, y);
}

static void half_precision(const softmax_ce_shape *s, const float *x, float *y)
{
    wrong_softmax(HALF_PRECISION, s, x, y);
}

static void over_places(const softmax_ce_shape *s, const float *x, float *y)
{
    softmax_ce_shape turned = *s;

    turned.n = s->n * s->classes;               /* rows of `inner` elements, each on its own */
    turned.classes = s->inner;
    turned.inner = 1;
    if (s->inner == 0)
        return;
    wrong_softmax(NO_MISTAKE, &turned, x, y);
}

static void wrong_log_softmax(forward_mistake wrong, const softmax_ce_shape *s, const float *x,
                              float *y)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        double max;
        const double sum = sum_of_exp(wrong, s, x + first, &max);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            const double shifted = (double)x[i] - max;
            if (wrong == LOG_OF_SOFTMAX)
                y[i] = logf(expf((float)shifted) / (float)sum);
            else
                y[i] = (float)(shifted - (wrong == LOG_BASE_2 ? log2(sum) : log(sum)));
        }
    }
}

static void log_no_max(const softmax_ce_shape *s, const float *x, float *y)
{
    wrong_log_softmax(NO_MAX, s, x, y);
}

static void log_of_softmax(const softmax_ce_shape *s, const float *x, float *y)
{
    wrong_log_softmax(LOG_OF_SOFTMAX, s, x, y);
}

static void log_base_2(const softmax_ce_shape *s, const float *x, float *y)
{
    wrong_log_softmax(LOG_BASE_2, s, x, y);
}

static void diagonal_only(const softmax_ce_shape *s, const float *y, const float *dy, float *dx)
{
    for (ptrdiff_t i = 0; i < (ptrdiff_t)s->n * s->classes * s->inner; i++)
        dx[i] = y[i] * (1.0f - y[i]) * dy[i];
}

static void exp_forgotten(const softmax_ce_shape *s, const float *y, const float *dy, float *dx)
{
    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        double sum = 0.0;
        for (int c = 0; c < s->classes; c++)
            sum += (double)dy[first + (ptrdiff_t)c * s->inner];
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            dx[i] = (float)((double)dy[i] - (double)y[i] * sum);
        }
    }
}

/* ---- Losses ---- */

typedef enum {
    RIGHT, MEAN_OVER_ELEMENTS, IGNORED_COUNTED, PLAIN_MEAN, SMOOTHING_FORGOTTEN, OTHERS_SMOOTHED,
    WEIGHTS_FORGOTTEN, SIGN_FORGOTTEN, MEAN_FORGOTTEN, IGNORED_NOT_ZEROED, UPSTREAM_IGNORED
} loss_mistake;

static bool counts(const softmax_ce_shape *s, int label)
{
    return label != s->ignore_index;
}

static double weight_of(loss_mistake wrong, const float *class_weights, int c)
{
    return class_weights && wrong != WEIGHTS_FORGOTTEN ? (double)class_weights[c] : 1.0;
}

/* The share of class c in the target. */
static double share_of(loss_mistake wrong, const softmax_ce_shape *s, int c, int label)
{
    const double e = wrong == SMOOTHING_FORGOTTEN ? 0.0 : (double)s->label_smoothing;

    if (wrong == OTHERS_SMOOTHED)               /* spread over the other classes only */
        return c == label ? 1.0 - e : e / fmax(1.0, s->classes - 1.0);
    return e / s->classes + (c == label ? 1.0 - e : 0.0);
}

static double divisor(loss_mistake wrong, const softmax_ce_shape *s, const int32_t *labels,
                      const float *class_weights)
{
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    double sum = 0.0;

    if (s->reduction != REDUCTION_MEAN || wrong == MEAN_FORGOTTEN)
        return 1.0;
    if (wrong == MEAN_OVER_ELEMENTS)
        return (double)places * s->classes;
    for (ptrdiff_t p = 0; p < places; p++)
        if (counts(s, labels[p]))
            sum += wrong == PLAIN_MEAN ? 1.0 : weight_of(wrong, class_weights, labels[p]);
        else if (wrong == IGNORED_COUNTED)
            sum += 1.0;
    return sum;
}

static void wrong_nll(loss_mistake wrong, const softmax_ce_shape *s, const float *logp,
                      const int32_t *labels, const float *class_weights, float *loss)
{
    double sum = 0.0;

    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        double l = 0.0;
        for (int c = 0; c < s->classes && counts(s, labels[p]); c++) {
            const double share = share_of(wrong, s, c, labels[p]);
            if (share > 0.0)
                l -= share * weight_of(wrong, class_weights, c) *
                     (double)logp[first + (ptrdiff_t)c * s->inner];
        }
        if (s->reduction == REDUCTION_NONE)
            loss[p] = (float)(wrong == SIGN_FORGOTTEN ? -l : l);
        sum += wrong == SIGN_FORGOTTEN ? -l : l;
    }
    if (s->reduction != REDUCTION_NONE)
        *loss = (float)(sum / divisor(wrong, s, labels, class_weights));
}

/* Partial sums of float, one per thread: how many there are decides how the sum is rounded. */
static void sum_per_thread(const softmax_ce_shape *s, const float *logp, const int32_t *labels,
                           const float *class_weights, float *loss)
{
    const ptrdiff_t places = (ptrdiff_t)s->n * s->inner;
    const int threads = omp_get_max_threads();
    float sum = 0.0f;

    if (s->reduction == REDUCTION_NONE || s->label_smoothing > 0.0f) {
        wrong_nll(RIGHT, s, logp, labels, class_weights, loss);
        return;
    }
    for (int t = 0; t < threads; t++) {
        float partial = 0.0f;
        for (ptrdiff_t p = t; p < places; p += threads) {
            const ptrdiff_t first = first_class(s, p);
            if (counts(s, labels[p]))
                partial -= (float)weight_of(RIGHT, class_weights, labels[p]) *
                           logp[first + (ptrdiff_t)labels[p] * s->inner];
        }
        sum += partial;
    }
    *loss = sum / (float)divisor(RIGHT, s, labels, class_weights);
}

#define NLL(name, mistake)                                                                      \
    static void name(const softmax_ce_shape *s, const float *logp, const int32_t *labels,       \
                     const float *class_weights, float *loss)                                   \
    {                                                                                           \
        wrong_nll(mistake, s, logp, labels, class_weights, loss);                               \
    }

NLL(mean_over_elements, MEAN_OVER_ELEMENTS)
NLL(ignored_counted, IGNORED_COUNTED)
NLL(plain_mean, PLAIN_MEAN)
NLL(smoothing_forgotten, SMOOTHING_FORGOTTEN)
NLL(others_smoothed, OTHERS_SMOOTHED)
NLL(sign_forgotten, SIGN_FORGOTTEN)

/* ---- Their gradients; with logp that of cross-entropy, else that of nll ---- */

static void wrong_backward(loss_mistake wrong, const softmax_ce_shape *s, const float *logp,
                           const int32_t *labels, const float *class_weights, const float *dloss,
                           float *dx)
{
    const double divide_by = divisor(wrong, s, labels, class_weights);

    for (ptrdiff_t p = 0; p < (ptrdiff_t)s->n * s->inner; p++) {
        const ptrdiff_t first = first_class(s, p);
        double upstream = (double)dloss[s->reduction == REDUCTION_NONE ? p : 0] / divide_by;
        double whole = 0.0;
        if (wrong == UPSTREAM_IGNORED)
            upstream = 1.0 / divide_by;
        if (!counts(s, labels[p]) && wrong != IGNORED_NOT_ZEROED)
            upstream = 0.0;
        for (int c = 0; c < s->classes; c++)
            whole += weight_of(wrong, class_weights, c) * share_of(wrong, s, c, labels[p]);
        for (int c = 0; c < s->classes; c++) {
            const ptrdiff_t i = first + (ptrdiff_t)c * s->inner;
            const double target =
                weight_of(wrong, class_weights, c) * share_of(wrong, s, c, labels[p]);
            const double slope = (logp ? exp((double)logp[i]) * whole : 0.0) - target;
            dx[i] = upstream == 0.0 ? 0.0f : (float)(upstream * slope);
        }
    }
}

#define NLL_BACKWARD(name, mistake)                                                             \
    static void name(const softmax_ce_shape *s, const int32_t *labels,                          \
                     const float *class_weights, const float *dloss, float *dlogp)              \
    {                                                                                           \
        wrong_backward(mistake, s, NULL, labels, class_weights, dloss, dlogp);                  \
    }

#define CE_BACKWARD(name, mistake)                                                              \
    static void name(const softmax_ce_shape *s, const float *logp, const int32_t *labels,       \
                     const float *class_weights, const float *dloss, float *dx)                 \
    {                                                                                           \
        wrong_backward(mistake, s, logp, labels, class_weights, dloss, dx);                     \
    }

NLL_BACKWARD(nll_mean_forgotten, MEAN_FORGOTTEN)
NLL_BACKWARD(nll_ignored_not_zeroed, IGNORED_NOT_ZEROED)
CE_BACKWARD(ce_upstream_ignored, UPSTREAM_IGNORED)
CE_BACKWARD(ce_smoothing_forgotten, SMOOTHING_FORGOTTEN)
CE_BACKWARD(ce_weights_forgotten, WEIGHTS_FORGOTTEN)
CE_BACKWARD(ce_ignored_not_zeroed, IGNORED_NOT_ZEROED)

const softmax_ce_variant softmax_ce_mutants[] = {
    { .info = { "no-max", SPACE_HOST, PRECISION_FP32,
                "the maximum is not subtracted: exp(89) overflows and the result is NaN" },
      .softmax_forward = no_max },
    { .info = { "first-as-max", SPACE_HOST, PRECISION_FP32,
                "the first class is subtracted instead of the largest" },
      .softmax_forward = first_as_max },
    { .info = { "half-precision", SPACE_HOST, PRECISION_FP32,
                "results have 11 significant bits: half precision that is not declared" },
      .softmax_forward = half_precision },
    { .info = { "wrong-axis", SPACE_HOST, PRECISION_FP32,
                "normalised over the places of a class instead of the classes of a place" },
      .softmax_forward = over_places },
    { .info = { "diagonal-only", SPACE_HOST, PRECISION_FP32,
                "dx = y (1 - y) dy is sigmoid's: in softmax every class moves every other one" },
      .softmax_backward = diagonal_only },
    { .info = { "log-no-max", SPACE_HOST, PRECISION_FP32,
                "the maximum is not subtracted: exp(89) overflows and the result is infinite" },
      .log_softmax_forward = log_no_max },
    { .info = { "log-of-softmax", SPACE_HOST, PRECISION_FP32,
                "softmax first, then log: an unlikely class underflows to 0 and gives -infinity" },
      .log_softmax_forward = log_of_softmax },
    { .info = { "log-base-2", SPACE_HOST, PRECISION_FP32,
                "the logarithm to base 2 beside exponentials to base e" },
      .log_softmax_forward = log_base_2 },
    { .info = { "exp-forgotten", SPACE_HOST, PRECISION_FP32,
                "the log-softmax itself instead of its exponential in the backward pass" },
      .log_softmax_backward = exp_forgotten },
    { .info = { "mean-over-elements", SPACE_HOST, PRECISION_FP32,
                "the mean is taken over places times classes: each place has one loss" },
      .nll_forward = mean_over_elements },
    { .info = { "ignored-counted", SPACE_HOST, PRECISION_FP32,
                "ignored labels add nothing to the sum but still count in the mean" },
      .nll_forward = ignored_counted },
    { .info = { "plain-mean", SPACE_HOST, PRECISION_FP32,
                "a weighted sum divided by the count: the mean divides by the weights" },
      .nll_forward = plain_mean },
    { .info = { "smoothing-forgotten", SPACE_HOST, PRECISION_FP32, "label_smoothing is ignored" },
      .nll_forward = smoothing_forgotten },
    { .info = { "others-smoothed", SPACE_HOST, PRECISION_FP32,
                "smoothing is spread over the other classes: the true one gets its part too" },
      .nll_forward = others_smoothed },
    { .info = { "sign-forgotten", SPACE_HOST, PRECISION_FP32,
                "the loss is the negative log-likelihood; the minus is missing" },
      .nll_forward = sign_forgotten },
    { .info = { "sum-per-thread", SPACE_HOST, PRECISION_FP32,
                "one partial sum per thread: another number of threads rounds differently" },
      .nll_forward = sum_per_thread },
    { .info = { "gradient-mean-forgotten", SPACE_HOST, PRECISION_FP32,
                "the loss is a mean, but its gradient is not divided by the same number" },
      .nll_backward = nll_mean_forgotten },
    { .info = { "ignored-not-zeroed", SPACE_HOST, PRECISION_FP32,
                "ignored labels still send a gradient back" },
      .nll_backward = nll_ignored_not_zeroed },
    { .info = { "upstream-ignored", SPACE_HOST, PRECISION_FP32,
                "dloss is taken to be 1: wrong as soon as the loss is scaled or weighted" },
      .ce_backward = ce_upstream_ignored },
    { .info = { "gradient-unsmoothed", SPACE_HOST, PRECISION_FP32,
                "softmax minus one-hot: with smoothing the target is no longer one-hot" },
      .ce_backward = ce_smoothing_forgotten },
    { .info = { "gradient-unweighted", SPACE_HOST, PRECISION_FP32,
                "the class weights enter the loss but not its gradient" },
      .ce_backward = ce_weights_forgotten },
    { .info = { "ignored-pulled", SPACE_HOST, PRECISION_FP32,
                "places with an ignored label are pulled towards class ignore_index" },
      .ce_backward = ce_ignored_not_zeroed },
};

const size_t softmax_ce_mutant_count = sizeof softmax_ce_mutants / sizeof softmax_ce_mutants[0];
