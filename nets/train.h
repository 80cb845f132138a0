/* train.h: the training loop: epochs, batches, the run folder, stopping and going on.
 *
 * A run folder (options.out) holds
 *     command.txt              the command lines that made it, one per line
 *     checkpoint.safetensors   all that --resume needs (nets/checkpoint.h)
 *     model.safetensors        the weights alone, for PyTorch's load_state_dict
 *     log.csv                  epoch,cost,seconds,images_per_second
 * The same seed gives PyTorch's initial weights, order of images and dropout masks: one generator,
 * drawn from in PyTorch's order. A run that was stopped at any step and resumed ends with the same
 * bits as one that was never stopped. */
#ifndef TRAIN_H
#define TRAIN_H

#include <signal.h>

#include "data/dataset.h"
#include "data/loader.h"
#include "nets/checkpoint.h"
#include "nets/plan.h"

enum {
    TRAIN_SETTINGS = 10,
    TRAIN_SETTING_BYTES = DATASET_PATH_BYTES
};

typedef struct trainer trainer;

typedef struct {
    const network *net;
    const char *data;           /* name or folder of the data set, as the user gave it, or NULL */
    int batch, epochs;          /* epochs in all, those before a resumption included */
    double lr;
    uint64_t seed;
    double dropout;             /* < 0: the network's own */
    const char *variant;
    int64_t max_steps;          /* steps in all; 0: no limit */
    const char *out;            /* run folder, or NULL */
    bool resume;                /* go on from the checkpoint in `out` */
    const char *command;        /* for command.txt; NULL: no line is added */
    const volatile sig_atomic_t *stop;      /* not 0: finish this step, then stop; or NULL */
    void (*on_step)(void *context, const trainer *t);       /* after each step; NULL: nothing */
    void (*on_epoch)(void *context, const trainer *t);      /* after each whole epoch; or NULL */
    void *context;
} train_options;

/* The network's own recipe, seed 777, variant "openmp". */
train_options train_options_default(const network *net);

/* Read freely, change through the functions below. */
struct trainer {
    train_options options;
    const dataset *set;
    plan plan;
    loader loader;
    training_state state;       /* state.history: one record per finished epoch */
    int epoch_steps;            /* steps in one epoch */
    double step_seconds;        /* spent in steps alone, since trainer_init */
    int64_t steps_here;         /* steps since trainer_init */
    bool bits_may_differ;       /* resumed with another variant or instruction set */
    char setting_values[TRAIN_SETTINGS][TRAIN_SETTING_BYTES];
    safetensors_string settings[TRAIN_SETTINGS];    /* what checkpoints say about the run */
};

/* Plans the network, draws its weights or (options.resume) reads the checkpoint, and prepares the
 * run folder, where a first checkpoint is written. The set is not copied and must outlive *t.
 * Returns STATUS_OK, and the caller releases *t with trainer_free() and does not move it; or with
 * *error set
 *   STATUS_SHAPE, STATUS_VALUE  the data set or the options do not fit the network
 *   STATUS_IO                   folder not writable, or holds a run and resume is false; resume
 *                               and no checkpoint, a corrupt one, or one of another run
 *   others as plan_init() */
status trainer_init(trainer *t, const train_options *options, const dataset *set,
                    file_error *error);
void trainer_free(trainer *t);

/* Epochs finished, and steps done in the running one. */
int trainer_epoch(const trainer *t);
int trainer_epoch_step(const trainer *t);

/* True if all epochs are done or max_steps is reached. */
bool trainer_finished(const trainer *t);

/* The loss of the last step, and the cost of the epoch so far (its mean loss over epoch_steps, when
 * all are done). On a device these are fetched from there: NAN if that fails. */
double trainer_loss(const trainer *t);
double trainer_cost(const trainer *t);

/* One step. Returns STATUS_OK or what a kernel returned. */
status trainer_step(trainer *t);

/* Steps until trainer_finished() or *stop, with a checkpoint after each epoch and at the end.
 * Returns STATUS_OK (also when stopped), or what failed, said in *error. */
status trainer_run(trainer *t, file_error *error);

/* Writes model, checkpoint and log into the run folder; nothing if there is none. */
status trainer_save(trainer *t, file_error *error);

#endif
