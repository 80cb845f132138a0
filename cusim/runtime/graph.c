/* graph.c: graphs: work that is kept and done later, any number of times.
 *
 * A node can only come after nodes that exist already, so the order in which nodes were added is
 * one that their dependencies allow, and running a graph is running a list. A graph and what was
 * instantiated from it hold the same nodes, which count their holders. */
#include <stdlib.h>
#include <string.h>

#include "cusim/runtime/machine.h"

typedef struct {
    cusim_node **nodes;
    size_t count, room;
} node_list;

struct CUgraph_st {
    struct CUgraph_st *next;
    node_list list;
};

struct CUgraphExec_st {
    struct CUgraphExec_st *next;
    node_list list;                     /* those that run */
    node_list origin;                   /* those that they were made from */
};

static struct CUgraph_st *graphs;       /* those that the program may name */
static struct CUgraphExec_st *execs;

/* ---- Lists of nodes ---- */

static void release_node(cusim_node *node)
{
    if (--node->references > 0)
        return;
    if (node->destroy)
        node->destroy(node);
    free(node);
}

static void free_list(node_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        release_node(list->nodes[i]);
    free(list->nodes);
    *list = (node_list){ .count = 0 };
}

static bool add_to_list(node_list *list, cusim_node *node)
{
    if (list->count == list->room) {
        const size_t room = list->room ? 2 * list->room : 16;
        cusim_node **const more = realloc(list->nodes, room * sizeof *more);
        if (!more)
            return false;
        list->nodes = more;
        list->room = room;
    }
    list->nodes[list->count++] = node;
    node->references++;
    return true;
}

static bool copy_list(node_list *to, const node_list *from)
{
    for (size_t i = 0; i < from->count; i++)
        if (!add_to_list(to, from->nodes[i]))
            return false;
    return true;
}

static bool list_has(const node_list *list, const cusim_node *node)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->nodes[i] == node)
            return true;
    return false;
}

/* ---- Graphs ---- */

static bool graph_known(const struct CUgraph_st *graph)
{
    CUSIM_LOCKED;
    const struct CUgraph_st *g = graphs;

    while (g && g != graph)
        g = g->next;
    return g != NULL;
}

struct CUgraph_st *cusim_graph_new(void)
{
    struct CUgraph_st *const graph = calloc(1, sizeof *graph);

    CUSIM_LOCKED;
    if (graph) {
        graph->next = graphs;
        graphs = graph;
    }
    return graph;
}

void cusim_graph_free(struct CUgraph_st *graph)
{
    CUSIM_LOCKED;
    struct CUgraph_st **at = &graphs;

    while (*at != graph)
        at = &(*at)->next;
    *at = graph->next;
    free_list(&graph->list);
    free(graph);
}

cusim_node *cusim_graph_append(struct CUgraph_st *graph, cusim_node *node)
{
    cusim_node *const copy = malloc(node->bytes);

    if (copy) {
        memcpy(copy, node, node->bytes);
        copy->references = 0;
        if (add_to_list(&graph->list, copy))
            return copy;
        free(copy);
    }
    if (node->destroy)
        node->destroy(node);
    return NULL;
}

cusim_node *cusim_graph_follow(struct CUgraph_st *graph, cusim_node *node)
{
    node->dependencies = graph->list.count > 0;
    return cusim_graph_append(graph, node);
}

cudaError_t cusim_graph_add(cudaGraphNode_t *made, cudaGraph_t graph, const cudaGraphNode_t *after,
                            size_t after_count, cusim_node *node)
{
    cudaError_t error = graph_known(graph) && CUSIM_TAKES(made) && (after || after_count == 0)
                            ? cudaSuccess : cudaErrorInvalidValue;

    for (size_t i = 0; error == cudaSuccess && i < after_count; i++)
        if (!list_has(&graph->list, after[i]))
            error = cudaErrorInvalidValue;
    if (error != cudaSuccess) {
        if (node->destroy)
            node->destroy(node);
        return error;
    }
    node->dependencies = (int)after_count;
    *made = cusim_graph_append(graph, node);
    return *made ? cudaSuccess : cudaErrorMemoryAllocation;
}

cudaError_t cudaGraphCreate(cudaGraph_t *graph, unsigned flags)
{
    if (!CUSIM_TAKES(graph) || flags != 0)
        return cusim_done(cudaErrorInvalidValue);
    *graph = cusim_graph_new();
    return cusim_done(*graph ? cudaSuccess : cudaErrorMemoryAllocation);
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph)
{
    if (!graph_known(graph))
        return cusim_done(cudaErrorInvalidValue);
    cusim_graph_free(graph);
    return cusim_done(cudaSuccess);
}

/* nodes NULL: only the count; else at most *count of them. Part of its callers, for CUSIM_TAKES. */
__attribute__((always_inline))
static inline cudaError_t get_nodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count,
                                    bool only_roots)
{
    size_t n = 0;

    if (!graph_known(graph) || !CUSIM_TAKES(count))
        return cudaErrorInvalidValue;
    const size_t all = graph->list.count, most = *count < all ? *count : all;
    if (nodes && !CUSIM_TAKES_BYTES(nodes, most * sizeof *nodes))
        return cudaErrorInvalidValue;
    for (size_t i = 0; i < all; i++) {
        cusim_node *const node = graph->list.nodes[i];
        if (only_roots && node->dependencies > 0)
            continue;
        if (nodes && n == *count)
            break;
        if (nodes)
            nodes[n] = node;
        n++;
    }
    *count = n;
    return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count)
{
    return cusim_done(get_nodes(graph, nodes, count, false));
}

cudaError_t cudaGraphGetRootNodes(cudaGraph_t graph, cudaGraphNode_t *nodes, size_t *count)
{
    return cusim_done(get_nodes(graph, nodes, count, true));
}

cudaError_t cudaGraphNodeGetType(cudaGraphNode_t node, cudaGraphNodeType *type)
{
    if (!node || !CUSIM_TAKES(type))
        return cusim_done(cudaErrorInvalidValue);
    *type = node->type;
    return cusim_done(cudaSuccess);
}

/* ---- Nodes that the program adds itself (host functions: stream.c) ---- */

static cudaError_t kernel_node(cusim_launch_node *made, const cudaKernelNodeParams *p,
                               const void *caller)
{
    if (!p || p->extra)
        return cudaErrorInvalidValue;
    const cusim_config config = { { p->gridDim.x, p->gridDim.y, p->gridDim.z },
                                  { p->blockDim.x, p->blockDim.y, p->blockDim.z },
                                  p->sharedMemBytes, NULL };
    return cusim_launch_by_address(made, p->func, &config, 0, p->kernelParams, caller);
}

cudaError_t cudaGraphAddKernelNode(cudaGraphNode_t *node, cudaGraph_t graph,
                                   const cudaGraphNode_t *after, size_t after_count,
                                   const cudaKernelNodeParams *params)
{
    cusim_launch_node n;
    cudaError_t error = kernel_node(&n, params, CUSIM_CALLER);

    if (error == cudaSuccess)
        error = cusim_graph_add(node, graph, after, after_count, &n.node);
    return cusim_done(error);
}

static cudaError_t add_copy(cudaGraphNode_t *node, cudaGraph_t graph, const cudaGraphNode_t *after,
                            size_t after_count, cusim_copy_node *c, const void *caller)
{
    c->what = "a graph's node";
    c->caller = caller;
    const cudaError_t error = cusim_copy_prepare(c);
    return cusim_done(error != cudaSuccess
                          ? error : cusim_graph_add(node, graph, after, after_count, &c->node));
}

cudaError_t cudaGraphAddMemcpyNode(cudaGraphNode_t *node, cudaGraph_t graph,
                                   const cudaGraphNode_t *after, size_t after_count,
                                   const cudaMemcpy3DParms *params)
{
    if (!params || params->srcArray || params->dstArray)
        return cusim_done(params ? cudaErrorNotSupported : cudaErrorInvalidValue);
    cusim_copy_node c = cusim_copy_3d(params);
    return add_copy(node, graph, after, after_count, &c, CUSIM_CALLER);
}

cudaError_t cudaGraphAddMemcpyNode1D(cudaGraphNode_t *node, cudaGraph_t graph,
                                     const cudaGraphNode_t *after, size_t after_count, void *to,
                                     const void *from, size_t bytes, cudaMemcpyKind kind)
{
    cusim_copy_node c = { .to = to, .from = from, .width = bytes, .height = 1, .depth = 1,
                          .kind = kind, .element = 1 };

    return add_copy(node, graph, after, after_count, &c, CUSIM_CALLER);
}

cudaError_t cudaGraphAddMemsetNode(cudaGraphNode_t *node, cudaGraph_t graph,
                                   const cudaGraphNode_t *after, size_t after_count,
                                   const cudaMemsetParams *params)
{
    if (!params || (params->elementSize != 1 && params->elementSize != 2 &&
                    params->elementSize != 4))
        return cusim_done(cudaErrorInvalidValue);
    cusim_copy_node c = { .to = params->dst, .width = params->width * params->elementSize,
                          .height = params->height, .depth = 1, .to_pitch = params->pitch,
                          .kind = cudaMemcpyHostToDevice, .is_fill = true,
                          .value = params->value, .element = params->elementSize };
    return add_copy(node, graph, after, after_count, &c, CUSIM_CALLER);
}

static cudaError_t run_nothing(cusim_node *node)
{
    (void)node;
    return cudaSuccess;
}

cudaError_t cudaGraphAddEmptyNode(cudaGraphNode_t *node, cudaGraph_t graph,
                                  const cudaGraphNode_t *after, size_t after_count)
{
    cusim_node empty = { .type = cudaGraphNodeTypeEmpty, .bytes = sizeof empty,
                         .run = run_nothing };

    return cusim_done(cusim_graph_add(node, graph, after, after_count, &empty));
}

/* ---- Graphs that run ---- */

static bool exec_known(const struct CUgraphExec_st *exec)
{
    const struct CUgraphExec_st *e = execs;

    while (e && e != exec)
        e = e->next;
    return e != NULL;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
    (void)flags;
    if (!CUSIM_TAKES(exec) || !graph_known(graph))
        return cusim_done(cudaErrorInvalidValue);
    struct CUgraphExec_st *const e = calloc(1, sizeof *e);
    if (!e)
        return cusim_done(cudaErrorMemoryAllocation);
    if (!copy_list(&e->list, &graph->list) || !copy_list(&e->origin, &graph->list)) {
        free_list(&e->list);
        free_list(&e->origin);
        free(e);
        return cusim_done(cudaErrorMemoryAllocation);
    }
    e->next = execs;
    *exec = execs = e;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t *exec, cudaGraph_t graph,
                                          unsigned long long flags)
{
    return cudaGraphInstantiate(exec, graph, flags);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    cudaError_t error = cusim_stream_valid(stream);

    cusim_entry = CUSIM_FRAME;
    if (error != cudaSuccess || !exec_known(exec))
        return cusim_done(error != cudaSuccess ? error : cudaErrorInvalidValue);
    struct CUgraph_st *const capture = cusim_capturing(stream);
    if (capture)
        return cusim_done(copy_list(&capture->list, &exec->list) ? cudaSuccess
                                                                 : cudaErrorMemoryAllocation);
    for (size_t i = 0; error == cudaSuccess && i < exec->list.count; i++)
        error = exec->list.nodes[i]->run(exec->list.nodes[i]);
    return cusim_done(error);
}

cudaError_t cudaGraphUpload(cudaGraphExec_t exec, cudaStream_t stream)
{
    const cudaError_t error = cusim_stream_valid(stream);

    return cusim_done(error == cudaSuccess && !exec_known(exec) ? cudaErrorInvalidValue : error);
}

cudaError_t cudaGraphExecUpdate(cudaGraphExec_t exec, cudaGraph_t graph,
                                cudaGraphExecUpdateResultInfo *result)
{
    cudaGraphExecUpdateResultInfo info = { .result = cudaGraphExecUpdateSuccess };
    node_list list = { .count = 0 };

    if (!exec_known(exec) || !graph_known(graph) || !CUSIM_TAKES(result))
        return cusim_done(cudaErrorInvalidValue);
    if (graph->list.count != exec->list.count)
        info.result = cudaGraphExecUpdateErrorTopologyChanged;
    for (size_t i = 0; info.result == cudaGraphExecUpdateSuccess && i < graph->list.count; i++)
        if (graph->list.nodes[i]->type != exec->list.nodes[i]->type) {
            info.result = cudaGraphExecUpdateErrorNodeTypeChanged;
            info.errorNode = graph->list.nodes[i];
        }
    *result = info;
    if (info.result != cudaGraphExecUpdateSuccess)
        return cusim_done(cudaErrorGraphExecUpdateFailure);
    if (!copy_list(&list, &graph->list)) {
        free_list(&list);
        return cusim_done(cudaErrorMemoryAllocation);
    }
    free_list(&exec->list);
    exec->list = list;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaGraphExecKernelNodeSetParams(cudaGraphExec_t exec, cudaGraphNode_t node,
                                             const cudaKernelNodeParams *params)
{
    cusim_launch_node n;
    size_t i = 0;

    if (!exec_known(exec))
        return cusim_done(cudaErrorInvalidValue);
    while (i < exec->origin.count && exec->origin.nodes[i] != node)
        i++;
    if (i == exec->origin.count || node->type != cudaGraphNodeTypeKernel)
        return cusim_done(cudaErrorInvalidValue);
    const cudaError_t error = kernel_node(&n, params, CUSIM_CALLER);
    if (error != cudaSuccess)
        return cusim_done(error);
    cusim_launch_node *const copy = malloc(sizeof *copy);
    if (!copy) {
        n.destroy(n.closure);
        return cusim_done(cudaErrorMemoryAllocation);
    }
    *copy = n;
    copy->node.references = 1;
    release_node(exec->list.nodes[i]);
    exec->list.nodes[i] = &copy->node;
    return cusim_done(cudaSuccess);
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    struct CUgraphExec_st **at = &execs;

    while (*at && *at != exec)
        at = &(*at)->next;
    if (!*at)
        return cusim_done(cudaErrorInvalidValue);
    *at = exec->next;
    free_list(&exec->list);
    free_list(&exec->origin);
    free(exec);
    return cusim_done(cudaSuccess);
}
