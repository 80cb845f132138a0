/* honest: lesson=conv, exercise=forward, file=conv2d_student.c, style=korean comments */
/* 합성곱 순전파. 학번 20231234, 작성자: 홍길동. 어려웠지만 재미있었습니다! */
#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    int 행, 열;                 /* 출력의 좌표 */

    for (행 = 0; 행 < s->oh; 행++)
        for (열 = 0; 열 < s->ow; 열++) {
            float 합 = 0.0f;    // 창 안의 곱을 모두 더한다
            for (int kh = 0; kh < s->kernel_h; kh++)
                for (int kw = 0; kw < s->kernel_w; kw++)
                    합 += x[(행 + kh) * s->w + 열 + kw] * w[kh * s->kernel_w + kw];
            y[행 * s->ow + 열] = 합;
        }
}
