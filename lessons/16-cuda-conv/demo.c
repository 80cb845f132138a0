/* demo.c: the numbers and pictures of the lesson on CUDA: who computes what, what the memory has to
 * move, what a tile saves. All counted here, on the host. */
#include "kernels/conv2d/conv2d.h"
#include "lessons/demo.h"

enum { WARP = 32, SECTOR = 32 };

static int blocks_for(int count, int threads)
{
    return (count + threads - 1) / threads;
}

/* ---- Blocks and threads ---- */

static void print_example(const demo *d)
{
    enum { COUNT = 10, THREADS = 4 };
    const int blocks = blocks_for(COUNT, THREADS);

    fprintf(d->out, say("  %d elements, %d threads per block: %d blocks\n\n",
                        "  원소 %d개, 블록마다 스레드 %d개: 블록 %d개\n\n"), COUNT, THREADS, blocks);
    fputs(say("  blockIdx.x   threadIdx.x and its element\n",
              "  blockIdx.x   threadIdx.x와 그 원소\n"), d->out);
    for (int block = 0; block < blocks; block++) {
        fprintf(d->out, "  %-11d", block);
        for (int thread = 0; thread < THREADS; thread++) {
            const int i = block * THREADS + thread;
            if (i < COUNT)
                fprintf(d->out, "  %d: y[%d]", thread, i);
            else
                fprintf(d->out, say("  %d: none", "  %d: 없음"), thread);
        }
        fputc('\n', d->out);
    }
    fputc('\n', d->out);
}

static conv2d_shape layer(int n, int c, int size, int oc, int kernel)
{
    conv2d_shape s = { .n = n, .c = c, .h = size, .w = size, .oc = oc,
                       .kernel_h = kernel, .kernel_w = kernel, .stride_h = 1, .stride_w = 1,
                       .pad_top = kernel / 2, .pad_bottom = kernel / 2,
                       .pad_left = kernel / 2, .pad_right = kernel / 2,
                       .dilation_h = 1, .dilation_w = 1, .groups = 1 };
    (void)conv2d_shape_init(&s);
    return s;
}

static void print_sizes(const demo *d)
{
    const conv2d_shape layers[] = { layer(1, 1, 28, 32, 3), layer(100, 1, 28, 32, 3),
                                    layer(100, 32, 14, 64, 3) };

    fputs(say("  batch, channels, image       threads = outputs   blocks of 256   warps\n",
              "  배치, 채널, 이미지           스레드 = 출력       블록 (256개씩)  워프\n"), d->out);
    for (int i = 0; i < 3; i++) {
        const conv2d_shape *const s = &layers[i];
        const int outputs = s->n * s->oc * s->oh * s->ow;
        char name[64];
        snprintf(name, sizeof name, "%d, %d-%d, %d x %d", s->n, s->c, s->oc, s->h, s->w);
        fprintf(d->out, "  %-28s %-19d %-15d %d\n", name, outputs, blocks_for(outputs, 256),
                blocks_for(outputs, WARP));
    }
    fputc('\n', d->out);
}

/* ---- Sectors ---- */

/* Sectors that a warp moves whose lane i loads the float number first + i * step. */
static int sectors_of(int first, int step)
{
    int sectors = 0, last = -1;

    for (int lane = 0; lane < WARP; lane++) {
        const int sector = (first + lane * step) * (int)sizeof(float) / SECTOR;
        sectors += sector != last;              /* the addresses never fall */
        last = sector;
    }
    return sectors;
}

static void print_sectors(const demo *d)
{
    const struct {
        const char *name;
        int first, step;
    } patterns[] = {
        { say("all lanes the same float", "모든 레인이 같은 float"), 0, 0 },
        { say("neighbours, aligned", "이웃, 섹터에 맞춤"), 0, 1 },
        { say("neighbours, one further", "이웃, 한 칸 밀림"), 1, 1 },
        { say("one below the other, rows of 28", "위아래로, 28개짜리 행"), 0, 28 },
    };

    fputs(say("  sectors  bytes   used     a warp loads\n", "  섹터     바이트  쓰는 몫  워프가 읽는 것\n"),
          d->out);
    for (int i = 0; i < 4; i++) {
        const int sectors = sectors_of(patterns[i].first, patterns[i].step);
        const int wanted = patterns[i].step ? WARP * (int)sizeof(float) : (int)sizeof(float);
        fprintf(d->out, "  %-8d %-7d %5.1f %%  %s\n", sectors, sectors * SECTOR,
                100.0 * wanted / (sectors * SECTOR), patterns[i].name);
    }
    fputc('\n', d->out);
}

/* ---- Pictures: the blocks of a map, and how often a block reads each pixel ---- */

enum { TILE_W = 8, TILE_H = 4, MAP_W = 13, MAP_H = 10, WINDOW = 3,
       PATCH_W = TILE_W + WINDOW - 1, PATCH_H = TILE_H + WINDOW - 1 };

static void print_picture(const demo *d)
{
    const int across = blocks_for(MAP_W, TILE_W);
    float block[MAP_H * MAP_W], reads[PATCH_H * PATCH_W] = { 0.0f };

    for (int oh = 0; oh < MAP_H; oh++)
        for (int ow = 0; ow < MAP_W; ow++)
            block[oh * MAP_W + ow] = (float)(oh / TILE_H * across + ow / TILE_W);
    for (int ty = 0; ty < TILE_H; ty++)
        for (int tx = 0; tx < TILE_W; tx++)
            for (int kh = 0; kh < WINDOW; kh++)
                for (int kw = 0; kw < WINDOW; kw++)
                    reads[(ty + kh) * PATCH_W + tx + kw] += 1.0f;
    const plot_map maps[] = {
        { .title = say("the block of each output,\nblocks of 8 x 4 threads",
                       "출력마다 맡는 블록,\n8 x 4 스레드 블록"),
          .value = block, .rows = MAP_H, .columns = MAP_W, .numbers = true },
        { .title = say("how many threads of a block\nread each pixel, window 3 x 3",
                       "한 블록에서 픽셀마다 읽는\n스레드 수, 3 x 3 창"),
          .value = reads, .rows = PATCH_H, .columns = PATCH_W, .numbers = true },
    };
    demo_maps(d, &maps[0], 1, "blocks");
    demo_maps(d, &maps[1], 1, "reads");
}

/* ---- What a tile saves ---- */

/* Floats of x that a block loads for one output and channel. */
static double loads_of_tile(int tile_w, int tile_h, int kernel)
{
    return (double)(tile_w + kernel - 1) * (tile_h + kernel - 1) / (tile_w * tile_h);
}

static void print_tiles(const demo *d)
{
    enum { KERNELS = 3, TILES = 6 };
    static const int kernels[KERNELS] = { 3, 5, 7 };
    double side[TILES], loads_of[KERNELS][TILES];

    fputs(say("  window   one thread alone   8 x 8     32 x 8    32 x 32\n",
              "  창       스레드 혼자        8 x 8     32 x 8    32 x 32\n"), d->out);
    for (int k = 0; k < KERNELS; k++) {
        const int kernel = kernels[k];
        char window[32];
        snprintf(window, sizeof window, "%d x %d", kernel, kernel);
        fprintf(d->out, "  %-8s %-18.2f %-9.2f %-9.2f %.2f\n", window, loads_of_tile(1, 1, kernel),
                loads_of_tile(8, 8, kernel), loads_of_tile(32, 8, kernel),
                loads_of_tile(32, 32, kernel));
        for (int t = 0; t < TILES; t++) {
            side[t] = 1 << t;
            loads_of[k][t] = loads_of_tile(1 << t, 1 << t, kernel);
        }
    }
    fputc('\n', d->out);
    const plot_chart chart = {
        .title = say("Loads of x per output and channel", "출력과 채널마다 x를 읽는 횟수"),
        .x_label = say("side of the tile", "타일의 한 변"), .y_label = say("loads", "읽기"),
        .x_log = true, .y_log = true,
        .series = { { .name = say("window 3 x 3", "3 x 3 창"), .x = side,
                      .y = loads_of[0], .count = TILES },
                    { .name = say("window 5 x 5", "5 x 5 창"), .x = side,
                      .y = loads_of[1], .count = TILES },
                    { .name = say("window 7 x 7", "7 x 7 창"), .x = side,
                      .y = loads_of[2], .count = TILES } },
        .series_count = KERNELS,
    };
    demo_chart(d, &chart, "tiles");
}

/* ---- Answers ---- */

static double blocks(void)
{
    return blocks_for(1000, 256);
}

static double idle(void)
{
    return blocks() * 256 - 1000;
}

static double sectors(void)
{
    return sectors_of(0, 1);
}

static double sectors_apart(void)
{
    return sectors_of(0, 2);
}

static double patch(void)
{
    return loads_of_tile(32, 8, 5) * 32 * 8;
}

static double loads(void)
{
    return loads_of_tile(1, 1, 5) * 32 * 8;
}

static const demo_part parts[] = {
    { "example", print_example },
    { "sizes", print_sizes },
    { "sectors", print_sectors },
    { "picture", print_picture },
    { "tiles", print_tiles },
    { NULL, NULL },
};

static const demo_answer answers[] = {
    { "blocks", blocks, 0.0 },
    { "idle", idle, 0.0 },
    { "sectors", sectors, 0.0 },
    { "sectors_apart", sectors_apart, 0.0 },
    { "patch", patch, 0.0 },
    { "loads", loads, 0.0 },
    { NULL, NULL, 0.0 },
};

const lesson_demo lesson_demo_table = { .parts = parts, .answers = answers };
