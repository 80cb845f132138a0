/* diverge.c: two executions of a network, stage by stage, against the reference.
 *
 * Order of a stage: the reference computes what the lead's inputs lead to, they are copied to the
 * probe, side A's kernels run on the lead, side B's on the probe; then inputs must still be
 * what they were and every element of both outputs must lie within its bound.
 * Cost: the reference's plain loops in double, about a hundred times a fast kernel's time. */
#include "check/diverge/diverge.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/check_engine.h"
#include "nets/evaluate.h"

const char diverge_reference[] = "reference";

enum { A, B };

static bool is_reference(const diverge_side *side)
{
    return strcmp(side->variant, diverge_reference) == 0;
}

/* Makes kernels run as that side wants them. */
static void enter(const diverge_side *side)
{
    omp_set_num_threads(side->threads);
    cpu_isa_force(side->isa);
}

/* ---- orders of images ---- */

/* Where side A has what side B has at flat index `at`; order NULL: both have the same order. */
static ptrdiff_t in_a(const int32_t *order, ptrdiff_t image, ptrdiff_t at)
{
    return order && image ? order[at / image] * image + at % image : at;
}

static void copy_tensor(void *to, const void *from, const diverge_tensor *t, const int32_t *order)
{
    const ptrdiff_t images = t->image ? t->count / t->image : 1;
    const size_t bytes = check_element_bytes(t->type) * (size_t)(t->count / images);

    for (ptrdiff_t i = 0; i < images; i++)
        memcpy((char *)to + (size_t)i * bytes,
               (const char *)from + (size_t)(order && t->image ? order[i] : i) * bytes, bytes);
}

/* Dropout has no sums, and its mask goes by places in the batch: the order stays. */
static const int32_t *order_of(const diverge *d, diverge_stage stage)
{
    const layer_kind kind = d->lead.layers[stage.layer].layer->kind;
    const bool layered = stage.pass == DIVERGE_FORWARD || stage.pass == DIVERGE_BACKWARD;

    return d->options.shuffle && !(layered && kind == LAYER_DROPOUT) ? d->order : NULL;
}

/* ---- comparing ---- */

static float element(const diverge_tensor *t, ptrdiff_t i)
{
    switch (t->type) {
    case CHECK_INT32: return (float)((const int32_t *)t->data)[i];
    case CHECK_BYTE: return (float)((const uint8_t *)t->data)[i];
    case CHECK_FLOAT: break;
    }
    return ((const float *)t->data)[i];
}

static void describe(diverge *d, diverge_stage stage, const diverge_tensor *t, ptrdiff_t at)
{
    diverge_finding *const f = &d->finding;

    d->found = true;
    f->step = d->step + 1;
    f->pass = stage.pass;
    f->layer = t->layer;
    f->tensor = t->name;
    f->count = t->count;
    f->rank = t->rank;
    for (int i = t->rank - 1; i >= 0; at /= t->extent[i], i--)
        f->coordinate[i] = (int)(at % t->extent[i]);
}

static diverge_row *row_of(diverge *d, diverge_stage stage, const diverge_tensor *t)
{
    for (int i = 0; i < d->row_count; i++)
        if (d->rows[i].pass == stage.pass && d->rows[i].layer == t->layer &&
            strcmp(d->rows[i].tensor, t->name) == 0)
            return &d->rows[i];
    diverge_row *const new = &d->rows[d->row_count++];
    *new = (diverge_row){ .pass = stage.pass, .layer = t->layer, .tensor = t->name,
                          .count = t->count };
    return new;
}

/* Holds one written tensor of both sides against the reference. */
static void compare(diverge *d, diverge_stage stage, const diverge_tensor *a,
                    const diverge_tensor *b, const int32_t *order)
{
    const variant_precision precision[2] = { diverge_precision(&d->lead, stage),
                                             diverge_precision(&d->probe, stage) };
    const size_t bytes = check_element_bytes(a->type);
    diverge_row *const row = row_of(d, stage, a);
    ptrdiff_t outside[2] = { 0, 0 };

    for (ptrdiff_t i = 0; i < a->count; i++) {
        const ptrdiff_t at = in_a(order, a->image, i);
        const float got[2] = { element(a, at), element(b, i) };
        bool inside = true;
        for (int side = A; side <= B; side++) {
            double fraction;
            const bool fits = check_within(got[side], a->expected[at], precision[side], &fraction);
            inside = inside && fits;
            outside[side] += !fits;
            if (fraction > row->worst[side])
                row->worst[side] = fraction;
        }
        row->unequal += memcmp((const char *)a->data + (size_t)at * bytes,
                               (const char *)b->data + (size_t)i * bytes, bytes) != 0;
        if (inside || d->found)
            continue;
        describe(d, stage, a, at);
        for (int side = A; side <= B; side++) {
            d->finding.got[side] = got[side];
            d->finding.allowed[side] = check_allowed(a->expected[at], precision[side]);
        }
        d->finding.want = a->expected[at];
    }
    memcpy(d->finding.outside, outside, sizeof outside);
    d->compared += a->count;
}

/* Finds the first element of an input that is no longer what it was: the other side still has it.
 * What is updated in place is no such input. */
static void look_for_changes(diverge *d, diverge_stage stage, int side, const int32_t *order)
{
    for (int k = 0; k < d->tensors[A].count; k++) {
        const diverge_tensor *const a = &d->tensors[A].tensor[k];
        const diverge_tensor *const b = &d->tensors[B].tensor[k];
        const size_t bytes = check_element_bytes(a->type);
        ptrdiff_t changes = 0;
        for (ptrdiff_t i = 0; !a->written && i < a->count; i++) {
            const ptrdiff_t at = in_a(order, a->image, i);
            if (memcmp((const char *)a->data + (size_t)at * bytes,
                       (const char *)b->data + (size_t)i * bytes, bytes) == 0)
                continue;
            if (changes++)
                continue;
            d->finding = (diverge_finding){ .changed = true };
            describe(d, stage, a, at);
            d->finding.got[side] = side == A ? element(a, at) : element(b, i);
            d->finding.want.value = (double)(side == A ? element(b, i) : element(a, at));
        }
        if (changes) {
            d->finding.outside[side] = changes;
            return;
        }
    }
}

/* A mask may be right and the next one wrong: the generator must stand where it should. */
static void compare_generators(diverge *d, diverge_stage stage, const rng *expected,
                               const rng *const got[2])
{
    const diverge_tensor generator = { .name = "generator", .count = 1,
                                       .layer = d->lead.layers[stage.layer].layer };
    ptrdiff_t outside[2];

    for (int side = A; side <= B; side++)
        outside[side] = got[side]->next != expected->next ||
                        memcmp(got[side]->state, expected->state, sizeof expected->state) != 0;
    if (d->found || !(outside[A] || outside[B]))
        return;
    d->finding = (diverge_finding){ .outside = { outside[A], outside[B] },
                                    .got = { (float)got[A]->next, (float)got[B]->next },
                                    .want.value = (double)expected->next };
    describe(d, stage, &generator, 0);
}

/* ---- running ---- */

/* Stores what the reference expects as the outputs of a side that is the reference. */
static void store(const diverge_tensors *expected, diverge_tensors *t, const int32_t *order)
{
    for (int k = 0; k < t->count; k++) {
        diverge_tensor *const to = &t->tensor[k];
        const exact *const from = expected->tensor[k].expected;
        for (ptrdiff_t i = 0; to->written && i < to->count; i++) {
            const double value = from[in_a(order, to->image, i)].value;
            if (to->type == CHECK_FLOAT)
                ((float *)to->data)[i] = (float)value;
            else if (to->type == CHECK_INT32)
                ((int32_t *)to->data)[i] = (int32_t)value;
            else
                ((uint8_t *)to->data)[i] = (uint8_t)value;
        }
    }
}

/* Runs a side's stage in a plan, with `expected` for a side that is the reference. */
static status run_side(diverge *d, int side, plan *p, diverge_stage stage, rng *r,
                       const diverge_tensors *expected, const int32_t *order)
{
    if (!is_reference(&d->options.side[side])) {
        enter(&d->options.side[side]);
        return diverge_run(p, stage, d->options.lr, r);
    }
    store(expected, &d->tensors[side], order);
    p->step += stage.pass == DIVERGE_UPDATE;
    return STATUS_OK;
}

static status compare_stage(diverge *d, diverge_stage stage)
{
    diverge_tensors *const a = &d->tensors[A], *const b = &d->tensors[B];
    const int32_t *const order = order_of(d, stage);
    rng expected = d->random, probed = d->random;

    diverge_list(&d->lead, stage, d->room, a);
    diverge_list(&d->probe, stage, NULL, b);
    diverge_expect(&d->lead, stage, d->options.lr, &expected, a);
    for (int k = 0; k < a->count; k++)
        if (a->tensor[k].read)
            copy_tensor(b->tensor[k].data, a->tensor[k].data, &a->tensor[k], order);
    status s = run_side(d, A, &d->lead, stage, &d->random, a, NULL);
    if (s != STATUS_OK)
        return s;
    if (is_reference(&d->options.side[A]))
        d->random = expected;
    if (is_reference(&d->options.side[B]))
        probed = expected;
    look_for_changes(d, stage, A, order);
    if (d->found)
        return STATUS_OK;
    s = run_side(d, B, &d->probe, stage, &probed, a, order);
    if (s != STATUS_OK)
        return s;
    look_for_changes(d, stage, B, order);
    for (int k = 0; k < a->count && !d->found; k++)
        if (a->tensor[k].written)
            compare(d, stage, &a->tensor[k], &b->tensor[k], order);
    compare_generators(d, stage, &expected, (const rng *[]){ &d->random, &probed });
    return STATUS_OK;
}

/* Side B's own step, on the batch that the lead has had, from the generator *r before it. With
 * images in another order each keeps its own part of the mask. */
static status train_free(diverge *d, rng *r)
{
    diverge_tensors *const t = &d->tensors[B];
    status s = STATUS_OK;

    for (int i = 0; i < d->stage_count && s == STATUS_OK; i++) {
        const diverge_stage stage = d->stages[i];
        plan_layer *const l = &d->free.layers[stage.layer];
        diverge_list(&d->free, stage, d->room, t);
        if (is_reference(&d->options.side[B]))
            diverge_expect(&d->free, stage, d->options.lr, r, t);
        s = run_side(d, B, &d->free, stage, r, t, NULL);
        for (int k = 0; d->options.shuffle && stage.pass == DIVERGE_FORWARD && k < t->count; k++)
            if (t->tensor[k].type == CHECK_BYTE) {
                copy_tensor(l->mask, d->lead.layers[stage.layer].mask, &t->tensor[k], d->order);
                s = dropout_forward(l->run.dropout.v, &l->run.dropout.s, l->x, l->mask, l->y);
            }
    }
    return s;
}

/* ---- batches ---- */

/* Batches of the set as in training, or drawn ones. */
static void fill_lead(diverge *d)
{
    plan *const p = &d->lead;
    const int n = p->options.batch;
    const net_extent out = p->layers[p->net->layer_count - 1].out;

    if (d->options.set) {
        if (d->step % loader_steps(&d->loader) == 0)
            loader_start_epoch(&d->loader, &d->random);
        loader_batch(&d->loader, p->input, p->labels);
        return;
    }
    rng_fill_normal(&d->random, n * net_extent_count(p->net->input), 0.0f, 1.0f, p->input);
    for (int i = 0; p->labels && i < n; i++)
        p->labels[i] = (int32_t)(rng_bits32(&d->random) % (uint32_t)out.c);
    if (!p->labels)
        rng_fill_normal(&d->random, n * net_extent_count(out), 0.0f, 1.0f,
                        p->target ? p->target : p->doutput);
}

/* The same batch for side B's own run, image by image in its order. */
static void fill_free(diverge *d)
{
    const plan *const from = &d->lead;
    plan *const to = &d->free;
    const int32_t *const order = d->options.shuffle ? d->order : NULL;
    const net_extent out = from->layers[from->net->layer_count - 1].out;
    diverge_tensor t = { .type = CHECK_FLOAT, .image = net_extent_count(from->net->input) };

    t.count = from->options.batch * t.image;
    copy_tensor(to->input, from->input, &t, order);
    t.image = from->labels ? 1 : net_extent_count(out);
    t.count = from->options.batch * t.image;
    if (from->labels) {
        t.type = CHECK_INT32;
        copy_tensor(to->labels, from->labels, &t, order);
    } else if (from->target) {
        copy_tensor(to->target, from->target, &t, order);
    } else {
        copy_tensor(to->doutput, from->doutput, &t, order);
    }
}

status diverge_step(diverge *d)
{
    const diverge_side outside = { .threads = omp_get_max_threads(), .isa = cpu_isa() };
    status s = STATUS_OK;

    fill_lead(d);
    if (d->options.shuffle)
        rng_permutation(&d->shuffling, d->options.batch, d->order);
    fill_free(d);
    rng before = d->random;
    for (int i = 0; i < d->stage_count && s == STATUS_OK && !d->found; i++)
        s = compare_stage(d, d->stages[i]);
    if (s == STATUS_OK && !d->found)
        s = train_free(d, &before);
    enter(&outside);
    if (s == STATUS_OK && !d->found) {
        d->loss[A] = d->lead.loss;
        d->loss[B] = d->free.loss;
        d->step++;
    }
    return s;
}

/* ---- words ---- */

const char *diverge_pass_name(diverge_pass pass)
{
    static const char *const names[] = { "forward", "loss", "loss gradient", "backward",
                                         "update" };
    return names[pass];
}

/* Appends to text[size], of which *used bytes are taken. */
static void append(char *text, size_t size, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void append(char *text, size_t size, size_t *used, const char *format, ...)
{
    va_list arguments;

    if (*used >= size)
        return;
    va_start(arguments, format);
    *used += (size_t)vsnprintf(text + *used, size - *used, format, arguments);
    va_end(arguments);
}

void diverge_describe(const diverge *d, char *text, size_t size)
{
    const diverge_finding *const f = &d->finding;
    size_t used = 0;

    append(text, size, &used, "step %lld, ", (long long)f->step);
    if (f->layer)
        append(text, size, &used, "layer %s (%s), ", f->layer->name, layer_kind_name(f->layer));
    append(text, size, &used, "%s, tensor %s", diverge_pass_name(f->pass), f->tensor);
    for (int i = 0; i < f->rank; i++)
        append(text, size, &used, "[%d]", f->coordinate[i]);
    for (int side = A; side <= B; side++) {
        const char *const name = d->options.side[side].variant;
        const double got = (double)f->got[side];
        if (f->changed && f->outside[side])
            append(text, size, &used, "\n%c (%s) writes into this input: %.9g became %.9g; %td of "
                   "%td elements", "AB"[side], name, f->want.value, got, f->outside[side],
                   f->count);
        else if (f->outside[side])
            append(text, size, &used, "\n%c (%s) is wrong: %.9g; belongs %.9g, allowed error "
                   "%.2g; %td of %td elements", "AB"[side], name, got, f->want.value,
                   f->allowed[side], f->outside[side], f->count);
        else if (!f->changed)
            append(text, size, &used, "\n%c (%s) is right: %.9g", "AB"[side], name, got);
    }
}

/* ---- beginning and end ---- */

diverge_options diverge_options_default(const network *net)
{
    const diverge_side naive = { "naive", omp_get_max_threads(), cpu_isa() };
    diverge_options o = { .net = net, .side = { naive, naive },
                          .batch = net->batch < 8 ? net->batch : 8, .lr = net->lr,
                          .dropout = -1.0, .seed = 777 };

    o.side[B].variant = "openmp";
    if (!(o.lr > 0.0))                          /* a network that the tutorials do not train */
        o.lr = 0.001;
    return o;
}

static status check_options(const diverge_options *o, file_error *error)
{
    for (int side = A; side <= B; side++) {
        const diverge_side *const each = &o->side[side];
        variant_space space;
        if (!is_reference(each) && !plan_variant_known(each->variant, &space))
            return file_refuse(error, STATUS_VALUE, "no concept has a variant %s", each->variant);
        if (each->threads < 1)
            return file_refuse(error, STATUS_VALUE, "%d threads: at least 1", each->threads);
        if (each->isa > cpu_isa_best())
            return file_refuse(error, STATUS_UNSUPPORTED, "this processor has %s at most, not %s",
                               isa_name(cpu_isa_best()), isa_name(each->isa));
    }
    if (!(o->lr >= 0.0) || !(o->dropout <= 1.0))
        return file_refuse(error, STATUS_VALUE, "rate %g or dropout %g is out of range", o->lr,
                           o->dropout);
    if (o->set && !evaluate_fits(o->net, o->set))
        return file_refuse(error, STATUS_SHAPE, "network %s cannot be trained on %s", o->net->name,
                           o->set->name);
    if (o->set && o->batch > o->set->count)
        return file_refuse(error, STATUS_SHAPE, "a batch of %d: %s has %d images", o->batch,
                           o->set->name, o->set->count);
    return STATUS_OK;
}

/* Plans and draws one of the three; what kernels have to write is NaN until they do. */
static status make_plan(diverge *d, int side, plan *p, file_error *error)
{
    const diverge_side *const who = &d->options.side[side];
    plan_options po = plan_options_default(d->options.net, d->options.batch);

    if (!is_reference(who))
        po.variant = who->variant;
    po.dropout = d->options.dropout;
    po.input_gradient = true;
    enter(who);
    status s = plan_init(p, d->options.net, &po);
    if (s != STATUS_OK)
        return file_refuse(error, s, "network %s, batch %d, variant %s: %s", d->options.net->name,
                           d->options.batch, who->variant, status_string(s));
    const size_t kept = (size_t)((char *)p->input - (char *)p->memory);     /* parameters and the
                                                   like, which begin as zeros, come before it */
    memset(p->input, 0xff, p->memory_bytes - kept);
    rng_seed(&d->random, d->options.seed);
    return plan_initialise(p, &d->random);
}

/* True if both sides run the same rows in the same way. */
static bool same_code(const diverge *d)
{
    const diverge_side *const a = &d->options.side[A], *const b = &d->options.side[B];
    const plan *const p = &d->lead, *const q = &d->free;
    bool same = p->ce == q->ce && p->mse == q->mse && p->adam == q->adam;

    if (is_reference(a) || is_reference(b))
        return is_reference(a) && is_reference(b);
    for (int i = 0; i < p->net->layer_count; i++)
        same = same && p->layers[i].variant == q->layers[i].variant;
    return same && a->threads == b->threads && a->isa == b->isa &&
           !(d->options.shuffle && d->options.batch > 1);
}

static status make_rest(diverge *d, file_error *error)
{
    const loader_options lo = { .batch = d->options.batch, .shuffle = true,
                                .size = d->options.net->input.h };
    ptrdiff_t room = 0;

    d->stage_count = diverge_stages(&d->lead, d->stages);
    for (int i = 0; i < d->stage_count; i++) {
        const ptrdiff_t used = diverge_list(&d->lead, d->stages[i], NULL, &d->tensors[A]);
        room = used > room ? used : room;
    }
    d->room = calloc((size_t)room, sizeof *d->room);
    d->order = calloc((size_t)d->options.batch, sizeof *d->order);
    rng_seed(&d->shuffling, d->options.shuffle_seed);
    status s = d->room && d->order ? STATUS_OK : STATUS_MEMORY;
    if (s == STATUS_OK && d->options.set)
        s = loader_init(&d->loader, d->options.set, &lo);
    return s == STATUS_OK ? s : file_refuse(error, s, "%s", status_string(s));
}

status diverge_init(diverge *d, const diverge_options *options, file_error *error)
{
    const diverge_side outside = { .threads = omp_get_max_threads(), .isa = cpu_isa() };

    memset(d, 0, sizeof *d);
    d->options = *options;
    status s = check_options(options, error);
    if (s == STATUS_OK)
        s = make_plan(d, A, &d->lead, error);
    if (s == STATUS_OK)
        s = make_plan(d, B, &d->probe, error);
    if (s == STATUS_OK)
        s = make_plan(d, B, &d->free, error);
    enter(&outside);
    if (s == STATUS_OK && same_code(d))
        s = file_refuse(error, STATUS_VALUE, "both sides run the same code in the same way: "
                        "nothing would be compared");
    if (s == STATUS_OK)
        s = make_rest(d, error);
    if (s != STATUS_OK)
        diverge_free(d);
    return s;
}

void diverge_free(diverge *d)
{
    plan_free(&d->lead);
    plan_free(&d->probe);
    plan_free(&d->free);
    loader_free(&d->loader);
    free(d->order);
    free(d->room);
    memset(d, 0, sizeof *d);
}
