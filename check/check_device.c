/* check_device.c: runs a SPACE_CUDA row: everything goes to the device and comes back.
 *
 * The guards travel with the tensors, so that a GPU's stray writes are seen as on the host. Under
 * cusim's checks a tensor goes alone: cusim then sees each access beyond it, reads included. */
#include "check/check_engine.h"

#include <stdio.h>
#include <string.h>

#include "kernels/core/device.h"

/* A guarded buffer's copy on the device. */
typedef struct {
    const check_guarded *home;
    unsigned char *block;       /* on the device */
    size_t first, bytes;        /* the part of home->block that travels */
    size_t lead;                /* bytes before the data in `block` */
} mirror;

enum { ALIGNMENT = 64, MIRRORS = CHECK_MAX_TENSORS + 1 };

static status mirror_open(mirror *m, const check_guarded *home)
{
    const bool alone = device_checks();
    void *block;

    m->home = home;
    m->first = alone ? home->lead / ALIGNMENT * ALIGNMENT : 0;
    m->lead = home->lead - m->first;
    m->bytes = alone ? m->lead + home->bytes : home->total;
    const status s = device_alloc(&block, m->bytes ? m->bytes : 1);
    m->block = block;
    return s == STATUS_OK ? device_upload(block, home->block + m->first, m->bytes) : s;
}

static status mirror_back(const mirror *m)
{
    return device_download(m->home->block + m->first, m->block, m->bytes);
}

/* Runs with p's tensors pointing to the device. */
static status run_there(check_stage *s, int pass, mirror *mirrors, bool has_workspace)
{
    const int count = s->p.tensor_count;
    check_problem there = s->p;

    for (int i = 0; i < count; i++)
        there.tensor[i].data = mirrors[i].block + mirrors[i].lead;
    void *const scratch = has_workspace ? mirrors[count].block + mirrors[count].lead : NULL;
    return s->p.concept->run(&there, s->row, pass, scratch);
}

/* Its lines, indented as those of a failure are. */
static void keep_finding(const char *text, char kept[CHECK_FINDING_BYTES])
{
    size_t used = 0;

    for (; *text && used < CHECK_FINDING_BYTES - 6; text++) {
        kept[used++] = *text;
        for (int i = 0; *text == '\n' && i < 4; i++)
            kept[used++] = ' ';
    }
    kept[used] = '\0';
}

static bool failed(check_case *found)
{
    if (device_finding_count() > 0) {
        found->outcome = CHECK_FINDING;
        keep_finding(device_finding(0), found->finding);
    } else {
        found->outcome = CHECK_DEVICE;
    }
    found->tensor = NULL;
    found->rank = 0;
    return false;
}

bool check_device_run(check_stage *s, int pass, const check_guarded *workspace, status *returned,
                      check_case *found)
{
    mirror mirrors[MIRRORS] = { 0 };
    const int count = s->p.tensor_count, all = count + (workspace->block != NULL);
    status good = STATUS_OK;

    device_findings_forget();
    for (int i = 0; i < all && good == STATUS_OK; i++)
        good = mirror_open(&mirrors[i], i < count ? &s->memory[i] : workspace);
    if (good == STATUS_OK) {
        *returned = run_there(s, pass, mirrors, workspace->block != NULL);
        good = device_synchronize();
    }
    for (int i = 0; i < all && good == STATUS_OK && *returned == STATUS_OK; i++)
        good = mirror_back(&mirrors[i]);
    if (good != STATUS_OK)
        device_reset();                         /* frees everything */
    else
        for (int i = 0; i < all; i++)
            device_free(mirrors[i].block);
    return good == STATUS_OK && device_finding_count() == 0 ? true : failed(found);
}

const char *check_device_option(void)
{
    if (device_kind_built() == DEVICE_CUDA)
        return " --space cuda";
    return device_checks() ? " --space cusim --checked" : " --space cusim";
}
