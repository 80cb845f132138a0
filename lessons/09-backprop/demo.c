/* demo.c: the numbers and pictures of the lesson on backpropagation. */
#include <math.h>
#include <stdarg.h>

#include "kernels/activation/activation.h"
#include "kernels/linear/linear.h"
#include "kernels/mse/mse.h"
#include "kernels/pool2d/pool2d.h"
#include "kernels/softmax_ce/softmax_ce.h"
#include "lessons/demo.h"
#include "nets/step.h"

enum { SEED = 777 };                            /* the tutorials' seed */

/* ---- The smallest network: one weight, one bias ---- */

typedef struct {
    float x, w, b, t, z, y, loss;               /* forward */
    float dy, dz, dx, dw, db;                   /* backward: of the loss */
} tiny;

static tiny run_tiny(float x, float w, float b, float t)
{
    const linear_shape line = { .n = 1, .in_features = 1, .out_features = 1 };
    const activation_shape relu = { .kind = ACTIVATION_RELU, .count = 1 };
    const mse_shape square = { .count = 1, .mean = true };
    const float one = 1.0f;
    tiny g = { .x = x, .w = w, .b = b, .t = t };

    (void)linear_forward(&linear_variants[0], &line, &g.x, &g.w, &g.b, &g.z, NULL);
    (void)activation_forward(&activation_variants[0], &relu, &g.z, &g.y);
    (void)mse_forward(&mse_variants[0], &square, &g.y, &g.t, &g.loss);

    (void)mse_backward(&mse_variants[0], &square, &g.y, &g.t, &one, &g.dy);
    (void)activation_backward(&activation_variants[0], &relu, &g.z, &g.y, &g.dy, &g.dz);
    (void)linear_backward_data(&linear_variants[0], &line, &g.dz, &g.w, &g.dx, NULL);
    (void)linear_backward_weights(&linear_variants[0], &line, &g.x, &g.dz, &g.dw, &g.db, NULL);
    return g;
}

/* A formula, the numbers put in, the value. */
__attribute__((format(printf, 4, 5)))
static void print_line(const demo *d, const char *formula, float value, const char *numbers, ...)
{
    char work[80];
    va_list list;

    va_start(list, numbers);
    vsnprintf(work, sizeof work, numbers, list);
    va_end(list);
    fprintf(d->out, "    %-20s %-16s = %g\n", formula, work, (double)value);
}

static void print_graph(const demo *d)
{
    const tiny g = run_tiny(2, 3, -2, 5), moved = run_tiny(2, 3.01f, -2, 5);

    fprintf(d->out, say("  forward, from left to right:\n", "  순전파, 왼쪽에서 오른쪽으로:\n"));
    print_line(d, "z    = x * w + b", g.z, "= %g * %g + (%g)", (double)g.x, (double)g.w,
               (double)g.b);
    print_line(d, "y    = relu(z)", g.y, "= relu(%g)", (double)g.z);
    print_line(d, "loss = (y - t)^2", g.loss, "= (%g - %g)^2", (double)g.y, (double)g.t);
    fprintf(d->out, say("\n  backward, from right to left:\n", "\n  역전파, 오른쪽에서 왼쪽으로:\n"));
    print_line(d, "dy   = 2 * (y - t)", g.dy, "= 2 * (%g - %g)", (double)g.y, (double)g.t);
    print_line(d, "dz   = dy if z > 0", g.dz, "%s", "");
    print_line(d, "dw   = dz * x", g.dw, "= %g * %g", (double)g.dz, (double)g.x);
    print_line(d, "dx   = dz * w", g.dx, "= %g * %g", (double)g.dz, (double)g.w);
    print_line(d, "db   = dz", g.db, "%s", "");
    fprintf(d->out, say("\n  Is that so? With w = %g the loss is %.4f: it moved by %.4f, and\n"
                        "  dw * %.2f is %.4f.\n\n",
                        "\n  정말 그럴까요? w = %g이면 손실은 %.4f입니다. 변한 만큼은 %.4f이고,\n"
                        "  dw * %.2f은(는) %.4f입니다.\n\n"),
            (double)moved.w, (double)moved.loss, (double)(moved.loss - g.loss), 0.01,
            (double)g.dw * 0.01);
}

/* ---- A linear layer ---- */

static void print_matrix(const demo *d, const char *name, const float *value, int rows,
                         int columns)
{
    for (int i = 0; i < rows; i++) {
        fprintf(d->out, "  %-5s", i == 0 ? name : "");
        for (int j = 0; j < columns; j++)
            fprintf(d->out, " %5g", (double)value[i * columns + j]);
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

static void print_linear(const demo *d)
{
    static const float x[] = { 1, 2, 3, 0, -1, 1 };             /* [2][3] */
    static const float w[] = { 1, 0, 2, -1, 3, 1 };             /* [2][3] */
    static const float dy[] = { 1, 2, 10, 0 };                  /* [2][2] */
    const linear_shape s = { .n = 2, .in_features = 3, .out_features = 2 };
    float dx[6], dw[6], db[2];

    (void)linear_backward_data(&linear_variants[0], &s, dy, w, dx, NULL);
    (void)linear_backward_weights(&linear_variants[0], &s, x, dy, dw, db, NULL);
    print_matrix(d, "x", x, 2, 3);
    print_matrix(d, "w", w, 2, 3);
    print_matrix(d, "dy", dy, 2, 2);
    fprintf(d->out, "  dx[0][0] = dy[0][0]*w[0][0] + dy[0][1]*w[1][0] = %g*%g + %g*(%g) = %g\n",
            (double)dy[0], (double)w[0], (double)dy[1], (double)w[3], (double)dx[0]);
    fprintf(d->out, "  dw[0][0] = dy[0][0]*x[0][0] + dy[1][0]*x[1][0] = %g*%g + %g*%g = %g\n\n",
            (double)dy[0], (double)x[0], (double)dy[2], (double)x[3], (double)dw[0]);
    print_matrix(d, "dx", dx, 2, 3);
    print_matrix(d, "dw", dw, 2, 3);
    print_matrix(d, "db", db, 1, 2);
}

/* ---- ReLU and max pooling: where a gradient passes ---- */

static void print_pool(const demo *d)
{
    static const float x[] = { 1, 5, -3, -1, 2, 0, -2, -4, 4, -6, 0, 2, 3, 4, 7, 1 };
    static const float dy[] = { 1, 2, 3, 4 };
    const activation_shape relu = { .kind = ACTIVATION_RELU, .count = 16 };
    pool2d_shape s = { .n = 1, .c = 1, .h = 4, .w = 4, .kernel_h = 2, .kernel_w = 2,
                       .stride_h = 2, .stride_w = 2, .dilation_h = 1, .dilation_w = 1 };
    float r[16], y[4], dr[16], dx[16];
    int32_t index[4];

    (void)pool2d_shape_init(&s);
    (void)activation_forward(&activation_variants[0], &relu, x, r);
    (void)pool2d_max_forward(&pool2d_variants[0], &s, r, y, index);
    (void)pool2d_max_backward(&pool2d_variants[0], &s, dy, index, dr);
    (void)activation_backward(&activation_variants[0], &relu, x, r, dr, dx);
#define MAP(title_, value_, side, diverging_)                                                      \
    { .title = (title_), .value = (value_), .rows = (side), .columns = (side),                     \
      .diverging = (diverging_), .low = (diverging_) ? -7 : 0, .high = 7, .numbers = true }
    const plot_map maps[] = {
        MAP("x", x, 4, true), MAP("r = relu(x)", r, 4, false), MAP("y = max(r)", y, 2, false),
        MAP("dy", dy, 2, true), MAP("dr", dr, 4, true), MAP("dx", dx, 4, true),
    };
#undef MAP
    demo_maps(d, maps, 6, "pool");
}

/* ---- Gradient check: 4 inputs, 3 tanh, 2 classes ---- */

enum { STEPS = 13, INPUTS = 4, HIDDEN = 3, CLASSES = 2 };

typedef struct {
    float w1[HIDDEN * INPUTS], b1[HIDDEN], w2[CLASSES * HIDDEN], b2[CLASSES];
    float x[INPUTS], z[HIDDEN], y[HIDDEN], logit[CLASSES], logp[CLASSES], loss;
} small_net;

static const linear_shape first = { .n = 1, .in_features = INPUTS, .out_features = HIDDEN };
static const linear_shape second = { .n = 1, .in_features = HIDDEN, .out_features = CLASSES };
static const activation_shape bend = { .kind = ACTIVATION_TANH, .count = HIDDEN };
static const int32_t small_label[] = { 1 };

static void small_forward(small_net *g)
{
    const softmax_ce_shape s = softmax_ce_shape_plain(1, CLASSES);

    (void)linear_forward(&linear_variants[0], &first, g->x, g->w1, g->b1, g->z, NULL);
    (void)activation_forward(&activation_variants[0], &bend, g->z, g->y);
    (void)linear_forward(&linear_variants[0], &second, g->y, g->w2, g->b2, g->logit, NULL);
    (void)ce_forward(&softmax_ce_variants[0], &s, g->logit, small_label, NULL, g->logp, &g->loss);
}

/* d loss / d w1[0] */
static float small_backward(const small_net *g)
{
    const softmax_ce_shape s = softmax_ce_shape_plain(1, CLASSES);
    float dlogit[CLASSES], dy[HIDDEN], dz[HIDDEN], dw[HIDDEN * INPUTS], db[HIDDEN], one = 1.0f;

    (void)ce_backward(&softmax_ce_variants[0], &s, g->logp, small_label, NULL, &one, dlogit);
    (void)linear_backward_data(&linear_variants[0], &second, dlogit, g->w2, dy, NULL);
    (void)activation_backward(&activation_variants[0], &bend, g->z, g->y, dy, dz);
    (void)linear_backward_weights(&linear_variants[0], &first, g->x, dz, dw, db, NULL);
    return dw[0];
}

static float loss_at(small_net g, float w)
{
    g.w1[0] = w;
    small_forward(&g);
    return g.loss;
}

static void print_check(const demo *d)
{
    static double h[STEPS], error[STEPS];
    small_net g = { .w1 = { 0.5f, -0.3f, 0.8f, 0.1f, 0.4f, 0.9f, -0.7f, 0.2f, -0.6f, 0.3f, 0.1f,
                            1.0f },
                    .b1 = { 0.1f, -0.2f, 0.3f }, .w2 = { 1.5f, -0.5f, 0.7f, -1.1f, 0.6f, 0.2f },
                    .b2 = { 0.0f, 0.1f }, .x = { 1.5f, -0.5f, 0.25f, 1.0f } };

    small_forward(&g);
    const double right = (double)small_backward(&g);
    fprintf(d->out, say("  backward says dw = %.7f. The difference quotient:\n\n",
                        "  역전파의 답은 dw = %.7f입니다. 차분 몫은:\n\n"), right);
    fprintf(d->out, say("  h               (L(w+h) - L(w-h)) / 2h    difference\n",
                        "  h               (L(w+h) - L(w-h)) / 2h    차이\n"));
    for (int i = 0; i < STEPS; i++) {
        const float w = g.w1[0], step = powf(10.0f, -0.5f * (float)i);
        const float up = w + step, down = w - step;     /* rounded: divide by what they are apart */
        const double quotient = ((double)loss_at(g, up) - (double)loss_at(g, down)) /
                                ((double)up - (double)down);
        h[i] = (double)step;
        error[i] = fabs(quotient - right);
        if (i % 2 == 0)
            fprintf(d->out, "  %-15g %-25.7f %.1e\n", h[i], quotient, error[i]);
    }
    fputc('\n', d->out);
    const plot_chart chart = {
        .kind = PLOT_LINES, .x_log = true, .y_log = true, .x_label = "h",
        .y_label = say("|quotient - dw|", "|차분 몫 - dw|"), .series_count = 1,
        .series = { { .name = NULL, .x = h, .y = error, .count = STEPS } },
    };
    demo_chart(d, &chart, "check");
}

/* ---- The tutorials' network on one image ---- */

/* The name of a layer's backward pass in PyTorch. */
static const char *backward_name(const net_layer *l)
{
    switch (l->kind) {
    case LAYER_CONV2D: return "ConvolutionBackward0";
    case LAYER_LINEAR: return "AddmmBackward0";
    case LAYER_ACTIVATION: return "ReluBackward0";
    case LAYER_MAX_POOL2D: return "MaxPool2DWithIndicesBackward0";
    default: return "ReshapeAliasBackward0";
    }
}

static double length(const float *x, ptrdiff_t count)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < count; i++)
        sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

/* Parameters and a random image from the tutorials' seed, targets 1 to 10, forward and backward.
 * False if the plan cannot be made. */
static bool run_lenet(plan *p)
{
    const network *const net = network_find("lenet");
    plan_options options = plan_options_default(net, 1);
    rng r;

    options.loss = LOSS_MSE;
    if (plan_init(p, net, &options) != STATUS_OK)
        return false;
    rng_seed(&r, SEED);
    (void)plan_initialise(p, &r);
    rng_fill_normal(&r, net_extent_count(net->input), 0.0f, 1.0f, p->input);
    for (int i = 0; i < 10; i++)
        p->target[i] = (float)(i + 1);
    (void)step_forward(p, 1, STEP_TRAIN, &r);
    (void)step_loss(p, 1);
    return true;
}

static void print_extent(const demo *d, net_extent e)
{
    char text[32];

    if (e.h == 1 && e.w == 1)
        snprintf(text, sizeof text, "%d", e.c);
    else
        snprintf(text, sizeof text, "%dx%dx%d", e.c, e.h, e.w);
    fprintf(d->out, " %-9s", text);
}

static void print_bias(const demo *d, const char *when, const plan_tensor *bias)
{
    fprintf(d->out, "  %s", when);
    for (ptrdiff_t i = 0; i < bias->count; i++)
        fprintf(d->out, " %8.4f", (double)bias->grad[i]);
    fputc('\n', d->out);
}

static void draw_filters(const demo *d, const plan_tensor *weight)
{
    enum { SIDE = 5, SHOWN = 3 };
    static char title[SHOWN][32];
    plot_map maps[SHOWN];

    for (int i = 0; i < SHOWN; i++) {
        snprintf(title[i], sizeof title[i], "d conv1.weight[%d]", i);
        maps[i] = (plot_map){ .title = title[i], .value = weight->grad + i * SIDE * SIDE,
                              .rows = SIDE, .columns = SIDE, .low = -0.2, .high = 0.2,
                              .diverging = true };
    }
    demo_maps(d, maps, SHOWN, "lenet");
}

static void print_lenet(const demo *d)
{
    static plan p;

    if (!run_lenet(&p))
        return;
    fprintf(d->out, say("  loss, the mean of (output - target)^2: %.4f\n\n",
                        "  손실, 곧 (출력 - 목표)^2의 평균: %.4f\n\n"), (double)p.loss);
    plan_tensor *const bias = plan_find(&p, "conv1.bias");
    print_bias(d, say("d conv1.bias before:", "d conv1.bias, 전:   "), bias);
    (void)step_loss_gradient(&p, 1);
    (void)step_backward(&p, 1);
    print_bias(d, say("             after: ", "              후:   "), bias);
    fprintf(d->out, say("\n  The backward chain, with the length of each gradient (the square root"
                        "\n  of the sum of squares):\n\n",
                        "\n  역전파 사슬과 각 기울기의 길이(제곱합의 제곱근):\n\n"));
    fprintf(d->out, "  %39s%s\n", "", say("d output               d weight",
                                           "d 출력                 d 가중치"));
    fprintf(d->out, "  %-7s %s\n", "loss", "MseLossBackward0");
    for (int i = p.net->layer_count - 1; i >= 0; i--) {
        const plan_layer *const l = &p.layers[i];
        fprintf(d->out, "  %-7s %-29s", l->layer->name, backward_name(l->layer));
        print_extent(d, l->out);
        fprintf(d->out, " %9.4f", length(l->dy, net_extent_count(l->out)));
        if (l->weight)
            fprintf(d->out, "   %9.4f", length(l->weight->grad, l->weight->count));
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
    draw_filters(d, plan_find(&p, "conv1.weight"));
    plan_free(&p);
}

/* ---- Answers ---- */

static double answer_dw(void)
{
    return (double)run_tiny(3, 2, -4, 5).dw;
}

static double answer_dx(void)
{
    return (double)run_tiny(3, 2, -4, 5).dx;
}

static double answer_asleep(void)
{
    return (double)run_tiny(3, 2, -7, 5).dw;
}

static double answer_logit(void)
{
    softmax_ce_shape s = softmax_ce_shape_plain(1, 4);
    static const float x[4] = { 0 }, one = 1.0f;
    static const int32_t label[] = { 2 };
    float logp[4], loss, dx[4];

    (void)ce_forward(&softmax_ce_variants[0], &s, x, label, NULL, logp, &loss);
    (void)ce_backward(&softmax_ce_variants[0], &s, logp, label, NULL, &one, dx);
    return (double)dx[2];
}

static double answer_work(void)
{
    const network *const net = network_find("lenet");
    net_extent out[NETWORK_MAX_LAYERS];

    (void)network_extents(net, out);
    for (int i = 1; i < net->layer_count; i++)
        if (net->layers[i].kind == LAYER_LINEAR)        /* the first: fc1 */
            return 2.0 * (double)net_layer_multiply_adds(&net->layers[i], out[i - 1], out[i]);
    return 0.0;
}

static const demo_part parts[] = {
    { "graph", print_graph },
    { "linear", print_linear },
    { "pool", print_pool },
    { "check", print_check },
    { "lenet", print_lenet },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "dw", answer_dw, 0.0 },
    { "dx", answer_dx, 0.0 },
    { "asleep", answer_asleep, 0.0 },
    { "logit", answer_logit, 0.001 },
    { "work", answer_work, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
