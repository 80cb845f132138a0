/* honest: lesson=padding, exercise=forward, file=conv2d_student.c, style=scratch by calloc */
#include <stdlib.h>
#include <string.h>

#include "kernels/conv2d/conv2d.h"

typedef struct Image {
    int rows, columns;
    float *data;
} Image;

static Image *image_new(int rows, int columns)
{
    Image *image = malloc(sizeof(Image));

    if (image == NULL)
        abort();
    image->rows = rows;
    image->columns = columns;
    image->data = calloc((size_t)rows * (size_t)columns, sizeof(float));
    if (image->data == NULL)
        abort();
    return image;
}

static void image_delete(Image *image)
{
    free(image->data);
    free(image);
}

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    Image *big = image_new(s->h + s->pad_top + s->pad_bottom, s->w + s->pad_left + s->pad_right);

    for (int i = 0; i < s->h; i++)
        memcpy(big->data + (i + s->pad_top) * big->columns + s->pad_left, x + i * s->w,
               (size_t)s->w * sizeof(float));
    for (int i = 0; i < s->oh; i++)
        for (int j = 0; j < s->ow; j++) {
            const float *corner = big->data + i * s->stride_h * big->columns + j * s->stride_w;
            float sum = 0;
            for (int k = 0; k < s->kernel_h; k++)
                for (int l = 0; l < s->kernel_w; l++)
                    sum += corner[k * big->columns + l] * w[k * s->kernel_w + l];
            y[i * s->ow + j] = sum;
        }
    image_delete(big);
}
