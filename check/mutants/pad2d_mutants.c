/* pad2d_mutants.c: padding, wrong in the usual ways. */
#include "check/mutants/pad2d_mutants.h"

typedef enum { SIDES_SWAPPED, ZERO_BORDER, ROWS_OF_H, FIRST_IMAGE_ONLY } mistake;

static void wrong_forward(const pad2d_shape *s, const float *x, float *y, mistake m)
{
    const int top = m == SIDES_SWAPPED ? s->pad_bottom : s->pad_top;
    const int left = m == SIDES_SWAPPED ? s->pad_right : s->pad_left;
    const int row = m == ROWS_OF_H ? s->h : s->w;
    const float border = m == ZERO_BORDER ? 0.0f : s->value;
    const ptrdiff_t plane = (ptrdiff_t)s->h * s->w;

    for (int n = 0; n < s->n; n++)
        for (int c = 0; c < s->c; c++) {
            const float *image = x + (m == FIRST_IMAGE_ONLY ? c : (ptrdiff_t)n * s->c + c) * plane;
            for (int oh = 0; oh < s->oh; oh++)
                for (int ow = 0; ow < s->ow; ow++) {
                    const int ih = oh - top, iw = ow - left;
                    const bool inside = ih >= 0 && ih < s->h && iw >= 0 && iw < s->w;
                    *y++ = inside ? image[((ptrdiff_t)ih * row + iw) % plane] : border;
                }
        }
}

static void sides_swapped(const pad2d_shape *s, const float *x, float *y)
{
    wrong_forward(s, x, y, SIDES_SWAPPED);
}

static void zero_border(const pad2d_shape *s, const float *x, float *y)
{
    wrong_forward(s, x, y, ZERO_BORDER);
}

static void rows_of_h(const pad2d_shape *s, const float *x, float *y)
{
    wrong_forward(s, x, y, ROWS_OF_H);
}

static void first_image_only(const pad2d_shape *s, const float *x, float *y)
{
    wrong_forward(s, x, y, FIRST_IMAGE_ONLY);
}

static void corner_gradient(const pad2d_shape *s, const float *dy, float *dx)
{
    for (ptrdiff_t plane = 0; plane < (ptrdiff_t)s->n * s->c; plane++)
        for (int ih = 0; ih < s->h; ih++)
            for (int iw = 0; iw < s->w; iw++)
                *dx++ = dy[(plane * s->oh + ih) * s->ow + iw];
}

#define MUTANT(name, idea) .info = { name, SPACE_HOST, PRECISION_FP32, idea }

const pad2d_variant pad2d_mutants[] = {
    { MUTANT("sides-swapped", "the padding of bottom and right is put at top and left"),
      .forward = sides_swapped },
    { MUTANT("zero-border", "the border is filled with 0 whatever value was asked for"),
      .forward = zero_border },
    { MUTANT("rows-of-h", "the height is taken for the length of a row: right on squares only"),
      .forward = rows_of_h },
    { MUTANT("first-image-only", "the image's number is left out of the offset: all get the first"),
      .forward = first_image_only },
    { MUTANT("corner-gradient", "dx is cut from the corner of dy instead of from behind the pads"),
      .backward = corner_gradient },
};
const size_t pad2d_mutant_count = sizeof pad2d_mutants / sizeof pad2d_mutants[0];
