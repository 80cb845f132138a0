/* evaluate.c: how many images of a data set a network names rightly. */
#include "nets/evaluate.h"

#include <string.h>

#include "data/loader.h"

bool evaluate_fits(const network *net, const dataset *set)
{
    net_extent extents[NETWORK_MAX_LAYERS];

    if (network_extents(net, extents) != STATUS_OK || set->classes > EVALUATE_MAX_CLASSES)
        return false;
    const int border = set->h == net->input.h ? 0 : 2 * net->border;
    return net->loss == LOSS_CROSS_ENTROPY && set->c == net->input.c &&
           set->h + border == net->input.h && set->w + border == net->input.w &&
           net_extent_count(extents[net->layer_count - 1]) == set->classes;
}

int evaluate_answer(const float *x, int classes)
{
    int best = 0;

    for (int i = 1; i < classes; i++)
        if (x[i] > x[best] || x[best] != x[best])
            best = i;
    return best;
}

status evaluate(plan *p, const dataset *set, const evaluate_options *options, evaluation *result)
{
    const step_mode mode = options->train_mode ? STEP_TRAIN : STEP_EVAL;
    loader l;
    int n;

    memset(result, 0, sizeof *result);
    result->classes = set->classes;
    if (!p->labels || !evaluate_fits(p->net, set))
        return STATUS_SHAPE;
    status s = loader_init(&l, set, &(loader_options){ .batch = p->options.batch,
                                                       .raw_pixels = options->raw_pixels,
                                                       .size = p->net->input.h });
    while (s == STATUS_OK && !(options->stop && *options->stop) &&
           (n = loader_batch(&l, p->input, p->labels)) > 0) {
        s = step_forward(p, n, mode, options->random);
        if (s == STATUS_OK && options->logits)
            memcpy(options->logits + (ptrdiff_t)result->count * set->classes, p->output,
                   (size_t)n * (size_t)set->classes * sizeof(float));
        for (int i = 0; i < n && s == STATUS_OK; i++) {
            const float *const logits = p->output + (ptrdiff_t)i * set->classes;
            const int answer = evaluate_answer(logits, set->classes);
            result->confusion[p->labels[i]][answer]++;
            result->correct += answer == p->labels[i];
            result->count++;
        }
    }
    loader_free(&l);
    return s;
}
