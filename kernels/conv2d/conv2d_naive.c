/* conv2d_naive.c: convolution as its formula says it, seven nested loops.
 *
 * Idea:   for every output element walk the window and add up the products; the backward passes
 *         walk the same (output, tap) pairs and send the gradient along them.
 * Layout: as in conv2d.h.
 * Cost:   2 * n * oc * oh * ow * (c/groups) * kernel_h * kernel_w FLOP per pass.
 * Limit:  each input value is fetched kernel_h*kernel_w*oc times and each fetch feeds a single
 *         multiply-add, so memory, not arithmetic, sets the pace. conv2d_im2col.c removes that.
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016. */
#include "kernels/conv2d/conv2d_variants.h"

/* The sum over one window: one output element without its bias. */
static float window_sum(const conv2d_shape *s, const float *x_group, const float *w_filter, int oh,
                        int ow)
{
    const int group_c = s->c / s->groups;
    float sum = 0.0f;

    for (int c = 0; c < group_c; c++)
        for (int kh = 0; kh < s->kernel_h; kh++) {
            const int ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            if (ih < 0 || ih >= s->h)
                continue;                       /* padding contributes zero */
            for (int kw = 0; kw < s->kernel_w; kw++) {
                const int iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
                if (iw < 0 || iw >= s->w)
                    continue;
                sum += x_group[((ptrdiff_t)c * s->h + ih) * s->w + iw] *
                       w_filter[((ptrdiff_t)c * s->kernel_h + kh) * s->kernel_w + kw];
            }
        }
    return sum;
}

void conv2d_forward_naive(const conv2d_shape *s, const float *x, const float *w, const float *b,
                          float *y, void *workspace)
{
    const int group_c = s->c / s->groups, group_oc = s->oc / s->groups;
    const ptrdiff_t image = (ptrdiff_t)s->h * s->w;
    const ptrdiff_t filter = (ptrdiff_t)group_c * s->kernel_h * s->kernel_w;

    (void)workspace;
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++) {
            const int first_c = oc / group_oc * group_c;
            const float *x_group = x + ((ptrdiff_t)n * s->c + first_c) * image;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    *y++ = (b ? b[oc] : 0.0f) + window_sum(s, x_group, w + oc * filter, oh, ow);
        }
}

/* Adds gradient * w to every input element that one output element read. */
static void window_scatter(const conv2d_shape *s, float gradient, const float *w_filter,
                           float *dx_group, int oh, int ow)
{
    const int group_c = s->c / s->groups;

    for (int c = 0; c < group_c; c++)
        for (int kh = 0; kh < s->kernel_h; kh++) {
            const int ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            if (ih < 0 || ih >= s->h)
                continue;
            for (int kw = 0; kw < s->kernel_w; kw++) {
                const int iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
                if (iw < 0 || iw >= s->w)
                    continue;
                dx_group[((ptrdiff_t)c * s->h + ih) * s->w + iw] +=
                    gradient * w_filter[((ptrdiff_t)c * s->kernel_h + kh) * s->kernel_w + kw];
            }
        }
}

void conv2d_backward_data_naive(const conv2d_shape *s, const float *dy, const float *w, float *dx,
                                void *workspace)
{
    const int group_c = s->c / s->groups, group_oc = s->oc / s->groups;
    const ptrdiff_t image = (ptrdiff_t)s->h * s->w, inputs = (ptrdiff_t)s->n * s->c * image;
    const ptrdiff_t filter = (ptrdiff_t)group_c * s->kernel_h * s->kernel_w;

    (void)workspace;
    for (ptrdiff_t i = 0; i < inputs; i++)
        dx[i] = 0.0f;
    for (int n = 0; n < s->n; n++)
        for (int oc = 0; oc < s->oc; oc++) {
            const int first_c = oc / group_oc * group_c;
            float *dx_group = dx + ((ptrdiff_t)n * s->c + first_c) * image;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++)
                    window_scatter(s, *dy++, w + oc * filter, dx_group, oh, ow);
        }
}

/* The gradient of one weight: every output element times the input element that the weight met. */
static float weight_gradient(const conv2d_shape *s, const float *x, const float *dy, int oc,
                             int ic, int kh, int kw)
{
    float sum = 0.0f;

    for (int n = 0; n < s->n; n++) {
        const float *x_plane = x + ((ptrdiff_t)n * s->c + ic) * s->h * s->w;
        const float *dy_plane = dy + ((ptrdiff_t)n * s->oc + oc) * s->oh * s->ow;
        for (int oh = 0; oh < s->oh; oh++) {
            const int ih = oh * s->stride_h - s->pad_top + kh * s->dilation_h;
            if (ih < 0 || ih >= s->h)
                continue;
            for (int ow = 0; ow < s->ow; ow++) {
                const int iw = ow * s->stride_w - s->pad_left + kw * s->dilation_w;
                if (iw >= 0 && iw < s->w)
                    sum += dy_plane[(ptrdiff_t)oh * s->ow + ow] *
                           x_plane[(ptrdiff_t)ih * s->w + iw];
            }
        }
    }
    return sum;
}

void conv2d_backward_weights_naive(const conv2d_shape *s, const float *x, const float *dy,
                                   float *dw, float *db, void *workspace)
{
    const int group_c = s->c / s->groups, group_oc = s->oc / s->groups;
    const ptrdiff_t plane = (ptrdiff_t)s->oh * s->ow;

    (void)workspace;
    for (int oc = 0; oc < s->oc; oc++)
        for (int c = 0; c < group_c; c++)
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    *dw++ = weight_gradient(s, x, dy, oc, oc / group_oc * group_c + c, kh, kw);
    for (int oc = 0; db && oc < s->oc; oc++) {
        db[oc] = 0.0f;
        for (int n = 0; n < s->n; n++)
            for (ptrdiff_t i = 0; i < plane; i++)
                db[oc] += dy[((ptrdiff_t)n * s->oc + oc) * plane + i];
    }
}
