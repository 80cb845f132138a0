/* conformance.c: which handler an op has, and one case file from opening to verdict.
 *
 * Two dialects share the table: ONNX operators by their names, PyTorch functions as torch.*. */
#include "check/conformance/conformance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/conformance/conformance_case.h"

enum { ONNX_NEWEST_OPSET = 1000 };

static const struct {
    const char *op;
    case_handler *run;
} operators[] = {
    { "Conv", case_onnx_conv },
    { "MaxPool", case_onnx_max_pool },
    { "AveragePool", case_onnx_average_pool },
    { "GlobalAveragePool", case_onnx_global_average },
    { "GlobalMaxPool", case_onnx_global_max },
    { "Pad", case_onnx_pad },
    { "Gemm", case_onnx_gemm },
    { "MatMul", case_matmul },
    { "BatchNormalization", case_onnx_batch_norm },
    { "Relu", case_relu },
    { "LeakyRelu", case_onnx_leaky_relu },
    { "Sigmoid", case_sigmoid },
    { "Tanh", case_tanh },
    { "Dropout", case_onnx_dropout },
    { "Flatten", case_flatten },
    { "Concat", case_concat },
    { "Add", case_onnx_add },
    { "Sum", case_onnx_sum },
    { "Softmax", case_onnx_softmax },
    { "LogSoftmax", case_onnx_log_softmax },
    { "NegativeLogLikelihoodLoss", case_onnx_nll },
    { "SoftmaxCrossEntropyLoss", case_onnx_cross_entropy },
    { "Adam", case_onnx_adam },
    { "Momentum", case_onnx_momentum },
    { "torch.conv1d", case_torch_conv1d },
    { "torch.conv2d", case_torch_conv2d },
    { "torch.max_pool1d", case_torch_max_pool1d },
    { "torch.max_pool2d", case_torch_max_pool2d },
    { "torch.avg_pool1d", case_torch_avg_pool1d },
    { "torch.avg_pool2d", case_torch_avg_pool2d },
    { "torch.pad", case_torch_pad },
    { "torch.linear", case_torch_linear },
    { "torch.matmul", case_matmul },
    { "torch.mm", case_matmul },
    { "torch.batch_norm", case_torch_batch_norm },
    { "torch.relu", case_relu },
    { "torch.leaky_relu", case_torch_leaky_relu },
    { "torch.sigmoid", case_sigmoid },
    { "torch.tanh", case_tanh },
    { "torch.dropout", case_torch_dropout },
    { "torch.flatten", case_flatten },
    { "torch.cat", case_concat },
    { "torch.add", case_torch_add },
    { "torch.softmax", case_torch_softmax },
    { "torch.log_softmax", case_torch_log_softmax },
    { "torch.nll_loss", case_torch_nll },
    { "torch.cross_entropy", case_torch_cross_entropy },
    { "torch.mse_loss", case_torch_mse },
    { "torch.adam", case_torch_adam },
    { "torch.sgd", case_torch_sgd },
};

static case_handler *handler_of(const char *op)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++)
        if (strcmp(operators[i].op, op) == 0)
            return operators[i].run;
    return NULL;
}

/* ---- Metadata ---- */

/* The string of a key as JSON, or NULL and a complaint if it is none of that type. */
static json_t *metadata_json(conformance_case *c, const char *key, json_type type,
                             const char *wanted)
{
    const char *const text = safetensors_metadata(&c->file, key);
    json_error_t error;

    if (!text) {
        case_malformed(c, "metadata has no '%s'", key);
        return NULL;
    }
    json_t *const value = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!value || json_typeof(value) != type) {
        case_malformed(c, "metadata '%s': expected %s, found %.100s", key, wanted, text);
        json_decref(value);
        return NULL;
    }
    return value;
}

static json_t *argument_names(conformance_case *c, const char *key)
{
    json_t *const list = metadata_json(c, key, JSON_ARRAY, "a JSON list of argument names");
    const json_t *name;
    size_t i;

    json_array_foreach (list, i, name)
        if (!json_is_string(name))
            case_malformed(c, "metadata '%s': expected a JSON list of argument names", key);
    if (json_array_size(list) > CASE_MAX_INPUTS)
        case_skip(c, "more than %d arguments", CASE_MAX_INPUTS);
    return list;
}

static void read_onnx_metadata(conformance_case *c)
{
    const char *const text = safetensors_metadata(&c->file, "opset");
    char *end = NULL;

    errno = 0;
    const long opset = text ? strtol(text, &end, 10) : 0;
    if (!text || end == text || *end || errno || opset < 1 || opset > ONNX_NEWEST_OPSET)
        case_malformed(c, "metadata 'opset': expected a whole number from 1, found %s",
                       text ? text : "nothing");
    c->opset = (int)opset;
    c->inputs = argument_names(c, "inputs");
    c->outputs = argument_names(c, "outputs");
}

/* Only tensors of a case may be in it. */
static void check_names(conformance_case *c)
{
    static const char *const prefixes[] = { "input_", "output_", "grad_input_", "grad_output_" };

    for (int i = 0; i < c->file.tensor_count; i++) {
        const char *const name = c->file.tensors[i].name;
        bool known = false;
        for (size_t k = 0; k < sizeof prefixes / sizeof prefixes[0]; k++) {
            const size_t length = strlen(prefixes[k]);
            known = known || (strncmp(name, prefixes[k], length) == 0 && name[length] &&
                              name[length + strspn(name + length, "0123456789")] == '\0');
        }
        if (!known)
            case_malformed(c, "tensor '%.100s': expected input_N, output_N, grad_input_N or "
                           "grad_output_N", name);
    }
}

/* ---- One case ---- */

static void run_case(conformance_case *c)
{
    const char *const op = safetensors_metadata(&c->file, "op");

    if (!op) {
        case_malformed(c, "metadata has no 'op'");
        return;
    }
    snprintf(c->result->op, sizeof c->result->op, "%s", op);
    c->torch = strncmp(op, "torch.", 6) == 0;
    c->attributes = metadata_json(c, "attributes", JSON_OBJECT, "a JSON object");
    c->read = json_object();
    c->used = calloc((size_t)c->file.tensor_count + 1, sizeof *c->used);
    if (!c->read || !c->used)
        case_malformed(c, "out of memory");
    if (!c->torch)
        read_onnx_metadata(c);
    check_names(c);
    if (!case_ok(c))
        return;
    case_handler *const handler = handler_of(op);
    if (!handler) {
        case_skip(c, "op '%s' is not known here", op);
        return;
    }
    handler(c);
    if (c->result->outcome == CONFORMANCE_PASSED && c->result->runs == 0)
        case_skip(c, "no variant%s%s of this concept runs it", c->only_variant ? " named " : "",
                  c->only_variant ? c->only_variant : "");
}

void conformance_run(const char *path, const char *variant, conformance_result *result)
{
    conformance_case c = { .result = result, .only_variant = variant };
    file_error error;

    *result = (conformance_result){ .outcome = CONFORMANCE_PASSED };
    if (safetensors_read(path, &c.file, &error) != STATUS_OK) {
        case_malformed(&c, "%.500s", error.text);
        return;
    }
    run_case(&c);
    for (int i = 0; i < c.block_count; i++)
        free(c.block[i]);
    free(c.block);
    free(c.used);
    json_decref(c.attributes);
    json_decref(c.read);
    json_decref(c.inputs);
    json_decref(c.outputs);
    safetensors_free(&c.file);
}

void conformance_describe(const conformance_failure *f, char *text, size_t size)
{
    char place[SAFETENSORS_MAX_RANK * 24] = "";
    size_t used = 0;

    for (int i = 0; i < f->rank; i++)
        used += (size_t)snprintf(place + used, sizeof place - used, "[%td]", f->coordinate[i]);
    if (f->note[0])
        snprintf(text, size, "%s: %s%s%s", f->variant, f->tensor, f->tensor[0] ? ": " : "",
                 f->note);
    else
        snprintf(text, size,
                 "%s: %s%s: got %.9g, want %.17g, allowed error %.3g (%td of %td elements wrong)",
                 f->variant, f->tensor, place, f->got, f->want, f->allowed, f->wrong, f->count);
}
