/* command_train.c: `convlab train NET`: a tutorial's training program. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "nets/evaluate.h"
#include "nets/run_report.h"
#include "nets/train.h"

enum {
    SIGNAL_CODE = 128,          /* exit code 128 + signal, as shells have it */
    BAR_CELLS = 24,
    STEP_LINE_BYTES = 96,
    DEVICE_STEPS = 10,          /* a loss that is fetched from a device waits for it */
    COMMAND_BYTES = 16384
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

/* A second signal of the same kind ends the program at once: files are replaced atomically. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Losses of steps: --log-steps, and steps.csv in the run folder. */
typedef struct {
    FILE *file;                 /* NULL: not wanted */
    const char *path;
    int every;                  /* steps from one line to the next */
    bool epochs;                /* also in which part of which epoch the step was */
} step_log;

/* What the callbacks need. */
typedef struct {
    bool bar;                   /* a progress bar on stderr */
    step_log logs[2];
    struct timespec begin, drawn;
} progress;

static double seconds_between(struct timespec a, struct timespec b)
{
    return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9;
}

static int64_t steps_in_all(const trainer *t)
{
    const int64_t all = (int64_t)t->options.epochs * t->epoch_steps;
    return t->options.max_steps > 0 && t->options.max_steps < all ? t->options.max_steps : all;
}

/* Epoch  3/15 [######..................] 151/600  cost 0.0612  3312 images/s  0:42 left */
static void draw_bar(progress *p, const trainer *t)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (p->drawn.tv_sec && seconds_between(p->drawn, now) < 0.1)
        return;
    p->drawn = now;

    int done = trainer_epoch_step(t), epoch = trainer_epoch(t) + 1;
    if (done == 0) {
        done = t->epoch_steps;
        epoch--;
    }
    char cells[BAR_CELLS + 1];
    for (int i = 0; i < BAR_CELLS; i++)
        cells[i] = (int64_t)i * t->epoch_steps < (int64_t)done * BAR_CELLS ? '#' : '.';
    cells[BAR_CELLS] = '\0';
    const double per_step = seconds_between(p->begin, now) / (double)t->steps_here;
    const int left = (int)(per_step * (double)(steps_in_all(t) - t->plan.step) + 0.5);
    fprintf(stderr, "\rEpoch %2d/%d [%s] %d/%d  cost %.4f  %.0f images/s  %d:%02d left \033[K",
            epoch, t->options.epochs, cells, done, t->epoch_steps,
            trainer_cost(t) * t->epoch_steps / done, t->options.batch / per_step, left / 60,
            left % 60);
    fflush(stderr);
}

static void log_step(step_log *log, const trainer *t)
{
    const int64_t step = t->plan.step;

    if (!log->file || step % log->every != 0)
        return;
    fprintf(log->file, "%lld,", (long long)step);
    if (log->epochs)
        fprintf(log->file, "%.6f,", (double)step / t->epoch_steps);
    fprintf(log->file, "%.9g\n", trainer_loss(t));
}

static void on_step(void *context, const trainer *t)
{
    progress *const p = context;

    for (int i = 0; i < 2; i++)
        log_step(&p->logs[i], t);
    if (p->bar)
        draw_bar(p, t);
}

static void on_epoch(void *context, const trainer *t)
{
    progress *const p = context;

    if (p->bar)
        fputs("\r\033[K", stderr);
    printf("[Epoch: %4d] cost = %.9g\n", trainer_epoch(t), (double)t->state.cost);
    fflush(stdout);                             /* the lines are watched as they come */
    for (int i = 0; i < 2; i++)
        if (p->logs[i].file)
            fflush(p->logs[i].file);            /* before the checkpoint that counts on them */
}

/* Positions an old step log behind the line of last_step, and cuts off what follows. */
static bool rewind_steps(FILE *file, int64_t last_step)
{
    char line[STEP_LINE_BYTES];
    long end = 0;

    while (fgets(line, sizeof line, file) && strchr(line, '\n') &&
           (end == 0 || strtoll(line, NULL, 10) <= last_step))
        end = ftell(file);
    return end > 0 && fseek(file, end, SEEK_SET) == 0 && ftruncate(fileno(file), end) == 0;
}

/* Opens a log. A resumed run keeps the lines up to its checkpoint and goes on behind them. Returns
 * CLI_OK, or a code after a complaint. */
static int open_steps(step_log *log, bool resume, int64_t last_step)
{
    FILE *const old = resume ? fopen(log->path, "r+") : NULL;

    if (old && rewind_steps(old, last_step)) {
        log->file = old;
        return CLI_OK;
    }
    if (old)
        fclose(old);
    log->file = fopen(log->path, "w");
    if (!log->file)
        return cli_fail(&command_train, CLI_INPUT, "%s: cannot write the steps' losses: %s",
                        log->path, strerror(errno));
    fputs(log->epochs ? "step,epoch,loss\n" : "step,loss\n", log->file);
    return CLI_OK;
}

static int close_steps(step_log *log, int code)
{
    if (!log->file)
        return code;
    const bool torn = ferror(log->file) != 0;
    if ((fclose(log->file) == 0 && !torn) || code != CLI_OK)
        return code;
    return cli_fail(&command_train, CLI_INPUT, "%s: cannot write the steps' losses: %s", log->path,
                    strerror(errno));
}

/* The command as typed, quoted where the shell needs it. */
static bool quote_command(int argc, char **argv, char text[COMMAND_BYTES])
{
    size_t used = (size_t)snprintf(text, COMMAND_BYTES, "convlab");

    for (int i = 0; i < argc; i++) {
        const char *const special = " \t\n\"'\\$`*?[](){}<>|&;#~!";
        const bool quote = !*argv[i] || strpbrk(argv[i], special);
        if (used + 5 * strlen(argv[i]) + 8 > COMMAND_BYTES)
            return false;
        text[used++] = ' ';
        if (quote)
            text[used++] = '\'';
        for (const char *c = argv[i]; *c; c++)
            if (*c == '\'')
                used += (size_t)snprintf(text + used, COMMAND_BYTES - used, "'\\''");
            else
                text[used++] = *c;
        if (quote)
            text[used++] = '\'';
    }
    text[used] = '\0';
    return true;
}

static int exit_code(status s)
{
    switch (s) {
    case STATUS_SHAPE:
    case STATUS_VALUE: return CLI_USAGE;
    case STATUS_UNSUPPORTED:
    case STATUS_DEVICE: return CLI_UNAVAILABLE;
    default: return CLI_INPUT;
    }
}

static int print_accuracy(trainer *t, const dataset *test)
{
    const size_t outputs = (size_t)test->count * (size_t)test->classes;
    float *const logits = t->options.out ? calloc(outputs, sizeof *logits) : NULL;
    const evaluate_options eo = { .stop = &stop_signal, .logits = logits };
    evaluation e;
    file_error error;
    status s = evaluate(&t->plan, test, &eo, &e);
    int code = CLI_OK;

    if (s != STATUS_OK)
        code = cli_fail(&command_train, exit_code(s), "evaluation: %s", status_string(s));
    if (code == CLI_OK && !stop_signal)
        printf("Accuracy: %.4f\n", (double)e.correct / e.count);
    if (code == CLI_OK && !stop_signal && logits &&
        (s = run_report_results(t->options.out, test, &e, logits, &error)) != STATUS_OK)
        code = cli_fail(&command_train, exit_code(s), "%s", error.text);
    free(logits);
    return code;
}

/* Pictures are a gift: that they cannot be drawn is said, and the run is none the worse for it. */
static void draw_pictures(const char *folder, const dataset *test)
{
    file_error error;

    if (run_report_draw(folder, test, &error) != STATUS_OK)
        fprintf(stderr, "convlab train: no pictures in %s: %s\n", folder, error.text);
}

static int run_and_report(trainer *t, progress *p, const dataset *test)
{
    file_error error;
    const status s = trainer_run(t, &error);

    if (p->bar)
        fputs("\r\033[K", stderr);
    if (s != STATUS_OK)
        return cli_fail(&command_train, exit_code(s), "%s", error.text);
    if (t->steps_here)
        fprintf(stderr, "%lld steps, %.2f ms/step, %.0f images/s\n", (long long)t->steps_here,
                t->step_seconds * 1e3 / (double)t->steps_here,
                (double)t->steps_here * t->options.batch / t->step_seconds);
    const int code = stop_signal ? CLI_OK : print_accuracy(t, test);
    if (!stop_signal)
        return code;
    fprintf(stderr, "convlab train: stopped by a signal after step %lld%s%s%s\n",
            (long long)t->plan.step, t->options.out ? "; --resume --out " : "",
            t->options.out ? t->options.out : "", t->options.out ? " goes on from there" : "");
    return SIGNAL_CODE + stop_signal;
}

static int open_logs(progress *p, const trainer *t, const char *steps_path,
                     char run_steps[DATASET_PATH_BYTES])
{
    const train_options *const o = &t->options;
    int code = CLI_OK;

    p->logs[0] = (step_log){ .path = steps_path, .every = 1 };
    p->logs[1] = (step_log){ .path = o->out ? run_steps : NULL, .epochs = true,
                             .every = t->plan.device ? DEVICE_STEPS : 1 };
    if (o->out)
        snprintf(run_steps, DATASET_PATH_BYTES, "%s/steps.csv", o->out);
    for (int i = 0; i < 2 && code == CLI_OK; i++)
        if (p->logs[i].path)
            code = open_steps(&p->logs[i], o->resume, t->plan.step);
    if (o->out && o->resume && code == CLI_OK)
        run_report_forget(o->out);
    return code;
}

/* Trains on sets that are loaded. */
static int train_on(train_options *o, const char *steps_path, const dataset *train,
                    const dataset *test)
{
    progress p = { .bar = cli_is_terminal() };
    file_error error;
    trainer t;

    o->stop = &stop_signal;
    o->on_step = on_step;
    o->on_epoch = on_epoch;
    o->context = &p;
    catch_signals();
    const status s = trainer_init(&t, o, train, &error);
    if (s != STATUS_OK)
        return cli_fail(&command_train, exit_code(s), "%s", error.text);
    if (t.bits_may_differ)
        fprintf(stderr, "convlab train: resumed with another variant or instruction set: results "
                        "may differ in their last bits\n");
    char run_steps[DATASET_PATH_BYTES];
    int code = open_logs(&p, &t, steps_path, run_steps);
    clock_gettime(CLOCK_MONOTONIC, &p.begin);
    if (code == CLI_OK)
        code = run_and_report(&t, &p, test);
    for (int i = 0; i < 2; i++)
        code = close_steps(&p.logs[i], code);
    if (o->out && (code == CLI_OK || code > SIGNAL_CODE))
        draw_pictures(o->out, test);
    trainer_free(&t);
    return code;
}

static int load_and_train(train_options *o, const char *steps_path)
{
    dataset train, test;
    file_error error;

    if (dataset_load(o->data, SPLIT_TRAIN, &train, &error) != STATUS_OK)
        return cli_fail(&command_train, CLI_INPUT, "%s", error.text);
    if (dataset_load(o->data, SPLIT_TEST, &test, &error) != STATUS_OK) {
        dataset_free(&train);
        return cli_fail(&command_train, CLI_INPUT, "%s", error.text);
    }
    const bool fits = evaluate_fits(o->net, &train) && evaluate_fits(o->net, &test);
    const int code = fits ? train_on(o, steps_path, &train, &test)
                          : cli_fail(&command_train, CLI_INPUT,
                                     "%s: %d classes of %dx%d images do not fit network %s",
                                     o->data, train.classes, train.h, train.w, o->net->name);
    dataset_free(&test);
    dataset_free(&train);
    return code;
}

/* Finds the network and copies its recipe. */
static int find_network(const char *name, train_options *o)
{
    char list[256] = "";
    size_t used = 0;
    const network *const net = network_find(name);

    for (int i = 0; i < NETWORK_COUNT && used < sizeof list; i++)
        if (networks[i].data)
            used += (size_t)snprintf(list + used, sizeof list - used, " %s", networks[i].name);
    if (!net)
        return cli_fail(&command_train, CLI_USAGE, "unknown network '%s'; there are:%s", name,
                        list);
    if (!net->data)
        return cli_fail(&command_train, CLI_USAGE, "%s is a block without a loss, not a "
                        "classifier, so no data set can train it; 'convlab graph %s' shows it",
                        name, name);
    *o = train_options_default(net);
    return CLI_OK;
}

static int run(int argc, char **argv)
{
    char command[COMMAND_BYTES];
    const char *name, *data = NULL, *variant = NULL, *out = NULL, *steps_path = NULL;
    const char *space = NULL;
    int count, code, batch = 0, epochs = 0, max_steps = 0;
    double lr = -1.0, dropout = -1.0;
    uint64_t seed = 777;
    bool resume = false, or_digits = false;
    const cli_option options[] = {
        { "data", CLI_TEXT, &data, "NAME", "data set or folder (default: the network's)", 0, 0 },
        { "or-digits", CLI_FLAG, &or_digits, NULL, "the built-in digits if there is no such set", 0,
          0 },
        { "epochs", CLI_INT, &epochs, "N", "epochs in all (default: the tutorial's)", 1, 100000 },
        { "batch", CLI_INT, &batch, "N", "images per step (default: 100)", 1, 1e6 },
        { "lr", CLI_DOUBLE, &lr, "X", "Adam's learning rate (default: 0.001)", 0, 1e3 },
        { "seed", CLI_UINT64, &seed, "N", "as torch.manual_seed (default: 777)", 0, 0 },
        { "dropout", CLI_DOUBLE, &dropout, "P", "for every dropout layer", 0, 1 },
        { "variant", CLI_TEXT, &variant, "V", "which kernels run (default: openmp)", 0, 0 },
        { "space", CLI_TEXT, &space, "SPACE", "of a CUDA variant: cuda (default) or cusim", 0, 0 },
        { "max-steps", CLI_INT, &max_steps, "N", "stop after N steps in all", 1, 2e9 },
        { "log-steps", CLI_TEXT, &steps_path, "FILE", "write step,loss to FILE", 0, 0 },
        { "out", CLI_TEXT, &out, "DIR", "run folder: checkpoint, model, logs, pictures", 0, 0 },
        { "resume", CLI_FLAG, &resume, NULL, "go on from the checkpoint in --out", 0, 0 },
        { 0 },
    };
    train_options o;

    const bool quoted = quote_command(argc, argv, command);     /* parsing reorders argv */
    if (!cli_parse(&command_train, options, argc, argv, 1, 1, &name, &count, &code) ||
        (code = find_network(name, &o)) != CLI_OK)
        return code;
    o.data = data ? data : o.data;
    o.epochs = epochs ? epochs : o.epochs;
    o.batch = batch ? batch : o.batch;
    o.lr = lr >= 0.0 ? lr : o.lr;
    o.variant = variant ? variant : o.variant;
    o.seed = seed;
    o.dropout = dropout;
    o.max_steps = max_steps;
    o.out = out;
    o.resume = resume;
    o.command = quoted ? command : "(a command line too long to keep)";
    if (resume && !out)
        return cli_fail(&command_train, CLI_USAGE, "--resume needs --out DIR, the run to resume");
    if (or_digits && !dataset_find(o.data, NULL)) {
        fprintf(stderr, "convlab train: %s is not on this machine: training on the built-in digits "
                        "instead ('make data' downloads it)\n", o.data);
        o.data = "digits";
    }
    code = cli_check_variant(&command_train, o.variant, space, argc, argv);
    return code == CLI_OK ? load_and_train(&o, steps_path) : code;
}

const cli_command command_train = {
    .name = "train",
    .synopsis = "NET [--data NAME] [options]",
    .summary = "trains a tutorial's network: cnn-basic, cnn-deep, convnet-bn, fashion-dnn, ...",
    .details = "Prints the cost of each epoch and the accuracy on the test images at the end.\n"
               "Data sets: mnist, fashion-mnist, digits (built in), or a folder of IDX files.\n"
               "Ctrl-C finishes the step, writes the checkpoint (with --out) and exits with 130;\n"
               "--resume then goes on, to the same bits as if it had never been stopped.\n"
               "--out keeps losses of steps and epochs, confusion matrix and worst answers as\n"
               "CSV, and if gnuplot is there draws curves.svg, confusion.svg, filters.svg and\n"
               "worst.svg; 'convlab plot DIR' draws the curve in a terminal.\n"
               "model.safetensors in --out is a state_dict under PyTorch's names: load it there\n"
               "with safetensors.torch.load_file, then model.load_state_dict(...).",
    .run = run,
};
