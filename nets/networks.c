/* networks.c: the tutorials' networks, layer by layer.
 *
 * The order of the layers is the order in which PyTorch constructs the modules, and so the order in
 * which initial weights are drawn. Layers that the tutorials call as functions have names of ours.
 *
 * Source: tutorials for PyTorch on MNIST and Fashion-MNIST; LeCun et al., "Gradient-Based Learning
 *         Applied to Document Recognition", 1998 (lenet); He et al., "Deep Residual Learning for
 *         Image Recognition", 2015, section 4.1 (bottleneck). */
#include "nets/net.h"

#define CONV(name_, outputs_, kernel_, pad_)                                                      \
    { .kind = LAYER_CONV2D, .name = (name_), .outputs = (outputs_), .kernel = (kernel_),          \
      .stride = 1, .pad = (pad_), .init = INIT_KAIMING_UNIFORM }
#define CONV1X1(name_, outputs_)                                                                  \
    { .kind = LAYER_CONV1X1, .name = (name_), .outputs = (outputs_), .kernel = 1, .stride = 1,    \
      .init = INIT_KAIMING_UNIFORM }
#define LINEAR(name_, outputs_, init_)                                                            \
    { .kind = LAYER_LINEAR, .name = (name_), .outputs = (outputs_), .init = (init_) }
#define BATCHNORM(name_) { .kind = LAYER_BATCHNORM2D, .name = (name_) }
#define RELU(name_) { .kind = LAYER_ACTIVATION, .name = (name_), .activation = ACTIVATION_RELU }
#define MAX_POOL(name_, pad_)                                                                     \
    { .kind = LAYER_MAX_POOL2D, .name = (name_), .kernel = 2, .stride = 2, .pad = (pad_) }
#define FLATTEN() { .kind = LAYER_FLATTEN, .name = "flatten" }
#define DROPOUT(name_, p_) { .kind = LAYER_DROPOUT, .name = (name_), .p = (p_) }
#define ADD(name_, skip_) { .kind = LAYER_ADD, .name = (name_), .skip = (skip_) }

static const net_layer cnn_basic[] = {
    CONV("layer1.0", 32, 3, 1), RELU("layer1.1"), MAX_POOL("layer1.2", 0),
    CONV("layer2.0", 64, 3, 1), RELU("layer2.1"), MAX_POOL("layer2.2", 0),
    FLATTEN(),
    LINEAR("fc", 10, INIT_XAVIER_UNIFORM),
};

static const net_layer cnn_deep[] = {
    CONV("layer1.0", 32, 3, 1), RELU("layer1.1"), MAX_POOL("layer1.2", 0),
    CONV("layer2.0", 64, 3, 1), RELU("layer2.1"), MAX_POOL("layer2.2", 0),
    CONV("layer3.0", 128, 3, 1), RELU("layer3.1"), MAX_POOL("layer3.2", 1),
    FLATTEN(),
    { .kind = LAYER_LINEAR, .name = "fc1", .alias = "layer4.0", .outputs = 625,
      .init = INIT_XAVIER_UNIFORM },
    RELU("layer4.1"), DROPOUT("layer4.2", 0.5),
    LINEAR("fc2", 10, INIT_XAVIER_UNIFORM),
};

static const net_layer convnet_bn[] = {
    CONV("layer1.0", 16, 5, 2), BATCHNORM("layer1.1"), RELU("layer1.2"), MAX_POOL("layer1.3", 0),
    CONV("layer2.0", 32, 5, 2), BATCHNORM("layer2.1"), RELU("layer2.2"), MAX_POOL("layer2.3", 0),
    FLATTEN(),
    LINEAR("fc", 10, INIT_KAIMING_UNIFORM),
};

static const net_layer fashion_dnn[] = {
    FLATTEN(),
    LINEAR("fc1", 256, INIT_KAIMING_UNIFORM), RELU("relu1"), DROPOUT("drop", 0.25),
    LINEAR("fc2", 128, INIT_KAIMING_UNIFORM), RELU("relu2"),
    LINEAR("fc3", 10, INIT_KAIMING_UNIFORM),
};

static const net_layer fashion_cnn[] = {
    CONV("layer1.0", 32, 3, 1), BATCHNORM("layer1.1"), RELU("layer1.2"), MAX_POOL("layer1.3", 0),
    CONV("layer2.0", 64, 3, 0), BATCHNORM("layer2.1"), RELU("layer2.2"), MAX_POOL("layer2.3", 0),
    FLATTEN(),
    LINEAR("fc1", 600, INIT_KAIMING_UNIFORM), DROPOUT("drop", 0.25),
    LINEAR("fc2", 120, INIT_KAIMING_UNIFORM),
    LINEAR("fc3", 10, INIT_KAIMING_UNIFORM),
};

static const net_layer lenet[] = {
    CONV("conv1", 6, 5, 0), RELU("relu1"), MAX_POOL("pool1", 0),
    CONV("conv2", 16, 5, 0), RELU("relu2"), MAX_POOL("pool2", 0),
    FLATTEN(),
    LINEAR("fc1", 120, INIT_KAIMING_UNIFORM), RELU("relu3"),
    LINEAR("fc2", 84, INIT_KAIMING_UNIFORM), RELU("relu4"),
    LINEAR("fc3", 10, INIT_KAIMING_UNIFORM),
};

static const net_layer bottleneck[] = {
    CONV1X1("conv1", 64),
    CONV("conv2", 64, 3, 1),
    CONV1X1("conv3", 256),
    ADD("add", "input"),
};

#define LAYERS(table) .layers = (table), .layer_count = sizeof(table) / sizeof(table)[0]

const network networks[NETWORK_COUNT] = {
    { .name = "cnn-basic", .idea = "two convolutions and a linear layer", LAYERS(cnn_basic),
      .input = { 1, 28, 28 }, .loss = LOSS_CROSS_ENTROPY, .data = "mnist", .batch = 100,
      .epochs = 15, .lr = 0.001,
      .printed = "epoch-1 cost 0.2259 and 0.2300; accuracy 0.9881 and 0.9874" },
    { .name = "cnn-deep", .idea = "three convolutions, two linear layers, dropout",
      LAYERS(cnn_deep), .input = { 1, 28, 28 }, .loss = LOSS_CROSS_ENTROPY, .data = "mnist",
      .batch = 100, .epochs = 15, .lr = 0.001,
      .printed = "epoch-1 cost 0.1906; accuracy 0.9775 and 0.9838" },
    { .name = "convnet-bn", .idea = "two 5x5 convolutions with batch normalisation",
      LAYERS(convnet_bn), .input = { 1, 28, 28 }, .loss = LOSS_CROSS_ENTROPY, .data = "mnist",
      .batch = 100, .epochs = 5, .lr = 0.001, .printed = "losses of single steps" },
    { .name = "fashion-dnn", .idea = "three linear layers, no convolution", LAYERS(fashion_dnn),
      .input = { 1, 28, 28 }, .loss = LOSS_CROSS_ENTROPY, .data = "fashion-mnist", .batch = 100,
      .epochs = 5, .lr = 0.001, .printed = "accuracy 86.3 %" },
    { .name = "fashion-cnn", .idea = "two convolutions with batch normalisation, three linear",
      LAYERS(fashion_cnn), .input = { 1, 28, 28 }, .loss = LOSS_CROSS_ENTROPY,
      .data = "fashion-mnist", .batch = 100, .epochs = 5, .lr = 0.001,
      .printed = "accuracy 90.5 %" },
    { .name = "lenet", .idea = "the classic: 32x32 images, two 5x5 convolutions, three linear",
      LAYERS(lenet), .input = { 1, 32, 32 }, .border = 2, .loss = LOSS_CROSS_ENTROPY,
      .data = "mnist", .batch = 100, .epochs = 5, .lr = 0.001,
      .printed = "the backward chain of one random image with MSE against 1..10" },
    { .name = "bottleneck", .idea = "1x1, 3x3 and 1x1 convolution, plus the input: a skip",
      LAYERS(bottleneck), .input = { 256, 28, 28 }, .loss = LOSS_NONE, .batch = 1,
      .printed = "shapes" },
};
