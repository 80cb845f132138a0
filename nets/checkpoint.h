/* checkpoint.h: a network's weights, or a whole training run, as a safetensors file.
 *
 * Model:      the tensors of PyTorch's state_dict under their names there, and nothing else.
 * Checkpoint: the same, and
 *     optimizer.m.NAME, optimizer.v.NAME      Adam's moments of each parameter
 *     training.step            I64            optimiser steps done
 *     training.order           I32 [count]    order of the images in the running epoch
 *     training.rng_state       U32 [624]      the generator; with rng_next, rng_has_normal I64
 *     training.rng_normal      F64            and its cached normal draw
 *     training.cost            F32            sum of loss / steps of the running epoch so far
 *     training.epoch_seconds   F64            time spent in it
 *     training.history         F64 [epochs][3]        cost, seconds, images per second
 * Both carry strings: "network" is the network's name; the others are the caller's. */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "data/safetensors.h"
#include "nets/plan.h"

typedef struct {
    double cost, seconds, images_per_second;
} epoch_record;

/* What a run has beside its plan. */
typedef struct {
    rng random;
    int32_t *order;             /* [order_count], the loader's */
    int order_count;
    float cost;                 /* of the running epoch: sum of loss / steps so far */
    double epoch_seconds;       /* spent in it */
    epoch_record *history;      /* [history_count], malloc'ed with room for history_room */
    int history_count, history_room;
} training_state;

/* Write atomically. `strings` go into the metadata; "network" and "format" are added to them.
 * Return STATUS_OK, or with *error set what safetensors_write() returned. */
status checkpoint_write_model(const char *path, const plan *p, int string_count,
                              const safetensors_string *strings, file_error *error);
status checkpoint_write(const char *path, const plan *p, const training_state *state,
                        int string_count, const safetensors_string *strings, file_error *error);

/* Copies the model's tensors from `file` into the plan. Every tensor must be there in its type and
 * shape (under its name or its alias), and none beyond them but those of a checkpoint. `path` is
 * what messages call the file. Returns STATUS_OK, or STATUS_IO with *error naming the tensor, what
 * was expected and what was found; the plan's values are then undefined. */
status checkpoint_restore_model(const safetensors_file *file, const char *path, plan *p,
                                file_error *error);

/* The same and the rest of a checkpoint. state->order has order_count elements; a file with another
 * count of images, or a generator that cannot be, is refused. state->history is reallocated if the
 * file has more epochs than there is room for. */
status checkpoint_restore(const safetensors_file *file, const char *path, plan *p,
                          training_state *state, file_error *error);

#endif
