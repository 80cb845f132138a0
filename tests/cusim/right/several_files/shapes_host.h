/* What the C++ program calls: host functions that hide the kernels. */
#ifndef SHAPES_HOST_H
#define SHAPES_HOST_H

#ifdef __cplusplus
extern "C" {
#endif
int areas_on_device(const float *a, const float *b, float *out, int n);
int scaled_on_device(float *x, int n, float by);
#ifdef __cplusplus
}
#endif

#endif
