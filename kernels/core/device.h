/* device.h: the device that runs the SPACE_CUDA rows, as C code sees it: a GPU in a program linked
 * with nvcc's objects, cusim in one linked with cusim's.
 *
 * All work goes to one stream, the calling thread's default stream: copies and launches happen in
 * the order in which they are asked for. Errors are told on stderr with the runtime's own words. */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernels/core/status.h"

typedef enum {
    DEVICE_NONE,        /* built without CUDA rows */
    DEVICE_CUDA,        /* a GPU, if there is one */
    DEVICE_CUSIM        /* the simulator */
} device_kind;
device_kind device_kind_built(void);

/* NULL if the device can be used; else a sentence that says what is missing. */
const char *device_missing(void);

/* Its name; 10 * major + minor of its compute capability (80). "" and 0 without a device. */
const char *device_name(void);
int device_capability(void);

/* Memory. Contents are undefined; 256-byte aligned; *p is NULL after a failure and for 0 bytes.
 * Free accepts NULL. Returns STATUS_OK, STATUS_MEMORY or STATUS_DEVICE. */
status device_alloc(void **p, size_t bytes);
void device_free(void *p);

/* Copies between host and device, and within the device; fill sets bytes. Up and down wait until
 * the copy is done; the others only join the stream. Return STATUS_OK or STATUS_DEVICE. */
status device_upload(void *to_device, const void *from, size_t bytes);
status device_download(void *to, const void *from_device, size_t bytes);
status device_copy(void *to_device, const void *from_device, size_t bytes);
status device_fill(void *device, int byte, size_t bytes);

/* Waits for everything asked for so far. STATUS_DEVICE if any of it failed. */
status device_synchronize(void);

/* Makes the device usable again after a kernel that crashed; all its memory is gone. */
void device_reset(void);

/* What the simulator adds. device_checks: this program looks for races, accesses out of bounds and
 * the like; its findings since the last device_findings_forget() are counted, and text number i
 * can be had (NULL beyond the last; the simulator's own). device_seed draws the order of threads
 * anew. On a GPU: false, 0, NULL, and nothing. */
bool device_checks(void);
size_t device_finding_count(void);
const char *device_finding(size_t i);
void device_findings_forget(void);
void device_seed(uint64_t seed);

/* A graph: what is asked for between begin and end is recorded, not done; launch then does all of
 * it at once, any number of times. Uploads, downloads and allocations may not be recorded.
 * device_graph_end gives the graph, to be freed by the caller, or NULL and STATUS_DEVICE. */
typedef struct device_graph device_graph;
status device_graph_begin(void);
status device_graph_end(device_graph **graph);
status device_graph_launch(device_graph *graph);
int device_graph_nodes(const device_graph *graph);
void device_graph_free(device_graph *graph);

#endif
