/* feedback_words.c: outcomes, parameters and axes in words. */
#include <string.h>

#include "lessons/feedback_parts.h"

static const char *const outcomes[CHECK_OUTCOMES][FEEDBACK_LANGUAGES] = {
    [CHECK_MISMATCH] = {
        "A value is not what it should be. The expected one was computed in double precision, "
        "and any order of summation is allowed for: this is more than rounding.",
        "값이 정답과 다릅니다. 정답은 배정밀도로 계산했고 어떤 "
        "순서로 더해도 허용하므로 단순한 반올림이 아닙니다." },
    [CHECK_UNWRITTEN] = {
        "An output element was never written. Every element has to be, even if its value is "
        "0: look at the bounds of your loops, and at the index you write to.",
        "출력 원소 하나가 쓰이지 않았습니다. 값이 0이라도 모든 "
        "원소를 써야 합니다. 반복문의 범위와 쓰는 위치의 인덱스를 "
        "보세요." },
    [CHECK_STALE] = {
        "A value was computed from what the output held before you wrote to it. Outputs begin "
        "with garbage: assign first, or set to zero before you use +=.",
        "출력에 쓰기 전에 들어 있던 값으로 계산했습니다. 출력은 "
        "처음에 쓰레기 값입니다. 먼저 대입하거나, +=를 쓰기 전에 "
        "0으로 만드세요." },
    [CHECK_SCRATCH] = {
        "A value was computed from workspace that nobody had written. Workspace begins with "
        "garbage, too.",
        "아무도 쓰지 않은 작업 공간의 값으로 계산했습니다. 작업 "
        "공간도 처음에 쓰레기 값입니다." },
    [CHECK_OUTSIDE] = {
        "A value was computed from memory outside a tensor: an index is too large or "
        "negative. Look at the border, at padding, and at the order of the extents in your "
        "index.",
        "텐서 밖의 메모리로 계산했습니다. 인덱스가 너무 크거나 "
        "음수입니다. 가장자리와 패딩, 인덱스에 쓴 크기의 순서를 "
        "보세요." },
    [CHECK_GUARD] = {
        "You wrote outside a buffer. Look at the bounds of your loops (`<`, not `<=`) and at "
        "the index you write to.",
        "버퍼 밖에 썼습니다. 반복문의 범위(`<=`가 아니라 `<`)와 쓰는 "
        "위치의 인덱스를 보세요." },
    [CHECK_INPUT_CHANGED] = {
        "You changed an input. Inputs belong to the caller, who may need them again: write to "
        "the outputs only.",
        "입력을 바꾸었습니다. 입력은 호출한 쪽의 것이며 다시 쓰일 수 "
        "있습니다. 출력에만 쓰세요." },
    [CHECK_THREADS] = {
        "The result changes with the number of threads, or from run to run. Either two "
        "threads write to the same place, or a sum is cut up by the number of threads: give "
        "every output element to one thread.",
        "스레드 수에 따라, 또는 실행할 때마다 결과가 달라집니다. 두 "
        "스레드가 같은 곳에 쓰거나 합을 스레드 수로 나눈 것입니다. "
        "출력 원소마다 한 스레드가 맡게 하세요." },
    [CHECK_ADJOINT] = {
        "Forward and backward pass do not belong together: for a linear map <dy, f(x)> must "
        "equal <dx, x>. Each input has to get its gradient through the very factor it was "
        "multiplied by.",
        "순전파와 역전파가 서로 맞지 않습니다. 선형 사상에서는 <dy, "
        "f(x)>와 <dx, x>가 같아야 합니다. 각 입력은 순전파에서 곱해진 "
        "바로 그 수를 통해 기울기를 받습니다." },
    [CHECK_DIFFERENCES] = {
        "A gradient is not the slope of the function: moving the input a little either way "
        "changes the output by another amount. Derive the formula again, one step of the "
        "chain rule at a time.",
        "기울기가 함수의 변화율과 다릅니다. 입력을 양쪽으로 조금 "
        "움직여 보면 출력이 다른 양만큼 변합니다. 연쇄 법칙을 한 "
        "단계씩 다시 유도해 보세요." },
    [CHECK_STATUS] = {
        "A legal shape was refused. It has to be computed, however odd it looks.",
        "올바른 모양을 거부했습니다. 이상해 보이는 모양이라도 "
        "계산해야 합니다." },
    [CHECK_FINDING] = {
        "The simulator saw something that a GPU would not have told you.",
        "GPU라면 알려 주지 않았을 문제를 시뮬레이터가 찾았습니다." },
    [CHECK_DEVICE] = {
        "The kernel crashed, hung or failed an assertion on the device.",
        "장치에서 커널이 중단되었거나 멈췄거나 assert에 걸렸습니다." },
    [CHECK_PASSED] = {
        "Everything is right.",
        "모두 맞습니다." },
    [CHECK_SKIPPED] = {
        "Skipped: this is not supported.",
        "건너뛰었습니다. 지원하지 않는 경우입니다." },
    [CHECK_NO_PROBLEM] = {
        "No problem could be drawn: the exercise asks for shapes that cannot be.",
        "문제를 만들 수 없습니다. 연습 문제가 불가능한 모양을 "
        "요구합니다." },
    [CHECK_MEMORY] = {
        "There was not enough memory for the problem.",
        "문제를 만들 메모리가 모자랍니다." },
};

const char *feedback_outcome_words(check_outcome outcome, feedback_language language)
{
    return outcomes[outcome][language];
}

/* ---- Parameters; a row without a concept is for all that have no row of their own ---- */

typedef struct {
    const char *concept, *name, *words[FEEDBACK_LANGUAGES];
} param_words;

static const param_words params[] = {
    { "gemm", "m", { "rows of C", "C의 행 수" } },
    { "gemm", "n", { "columns of C", "C의 열 수" } },
    { "gemm", "k", { "products per element", "원소마다 더하는 곱의 수" } },
    { "", "transpose_a", { "A is stored transposed", "A가 전치되어 저장됨" } },
    { "", "transpose_b", { "B is stored transposed", "B가 전치되어 저장됨" } },
    { "", "lda_extra",
      { "unused elements behind each row of A", "A의 각 행 뒤의 빈 원소" } },
    { "", "ldb_extra",
      { "unused elements behind each row of B", "B의 각 행 뒤의 빈 원소" } },
    { "", "ldc_extra",
      { "unused elements behind each row of C", "C의 각 행 뒤의 빈 원소" } },
    { "", "alpha_percent", { "alpha in percent", "alpha(백분율)" } },
    { "", "beta_percent", { "beta in percent", "beta(백분율)" } },
    { "concat", "inputs", { "tensors to join", "이어 붙일 텐서 수" } },
    { "concat", "outer", { "elements before the joined axis", "잇는 축 앞의 크기" } },
    { "concat", "inner", { "elements behind the joined axis", "잇는 축 뒤의 크기" } },
    { "softmax_ce", "n", { "samples", "표본 수" } },
    { "softmax_ce", "classes", { "classes", "클래스 수" } },
    { "softmax_ce", "inner", { "places per sample", "표본마다 위치 수" } },
    { "", "reduction", { "0 none, 1 mean, 2 sum", "0 그대로, 1 평균, 2 합" } },
    { "", "ignore_index", { "label to ignore", "무시할 레이블" } },
    { "", "smoothing_percent", { "label smoothing in percent", "레이블 스무딩(백분율)" } },
    { "", "weights", { "class weights are given", "클래스 가중치가 있음" } },
    { "linear", "n", { "samples", "표본 수" } },
    { "", "in_features", { "inputs", "입력 수" } },
    { "", "out_features", { "outputs", "출력 수" } },
    { "", "n", { "images", "이미지 수" } },
    { "", "c", { "channels", "채널 수" } },
    { "", "h", { "rows", "행 수" } },
    { "", "w", { "columns", "열 수" } },
    { "", "oc", { "filters, that is output channels", "필터(출력 채널) 수" } },
    { "", "kernel_h", { "rows of the window", "창의 행 수" } },
    { "", "kernel_w", { "columns of the window", "창의 열 수" } },
    { "", "stride_h", { "rows from window to window", "창의 세로 간격" } },
    { "", "stride_w", { "columns from window to window", "창의 가로 간격" } },
    { "", "pad_top", { "rows of padding above", "위쪽 패딩의 행 수" } },
    { "", "pad_bottom", { "rows of padding below", "아래쪽 패딩의 행 수" } },
    { "", "pad_left", { "columns of padding on the left", "왼쪽 패딩의 열 수" } },
    { "", "pad_right", { "columns of padding on the right", "오른쪽 패딩의 열 수" } },
    { "", "dilation_h", { "rows from tap to tap", "탭의 세로 간격" } },
    { "", "dilation_w", { "columns from tap to tap", "탭의 가로 간격" } },
    { "", "groups", { "groups of channels", "채널 그룹 수" } },
    { "", "bias", { "a bias is given", "편향이 있음" } },
    { "", "ceil_mode", { "output size is rounded up", "출력 크기를 올림" } },
    { "", "count_include_pad", { "padding counts in the average", "패딩도 평균에 포함" } },
    { "", "value_percent", { "value of the padding in percent", "패딩의 값(백분율)" } },
    { "", "eps_exponent",
      { "eps is 10 to the power of this", "eps의 지수(10의 거듭제곱)" } },
    { "", "momentum_permille", { "momentum in thousandths", "momentum(천분율)" } },
    { "", "mean_shift",
      { "the inputs lie far from zero", "입력이 0에서 멀리 떨어져 있음" } },
    { "init", "kind",
      { "0 Kaiming uniform, 1 Xavier uniform, 2 bias, 3 normal",
        "0 Kaiming 균등, 1 Xavier 균등, 2 편향, 3 정규" } },
    { "activation", "kind",
      { "0 relu, 1 leaky relu, 2 sigmoid, 3 tanh", "0 relu, 1 leaky relu, 2 sigmoid, 3 tanh" } },
    { "", "slope_permille", { "slope in thousandths", "기울기(천분율)" } },
    { "", "count", { "elements", "원소 수" } },
    { "", "p_percent", { "probability of dropping in percent", "버릴 확률(백분율)" } },
    { "", "seed", { "seed of the generator", "생성기의 시드" } },
    { "", "rng_seed", { "seed of the generator", "생성기의 시드" } },
    { "", "mean", { "the mean instead of the sum", "합 대신 평균" } },
    { "", "step", { "number of the step", "단계 번호" } },
    { "", "lr_millionths", { "learning rate in millionths", "학습률(백만분율)" } },
    { "", "decay_permille", { "weight decay in thousandths", "가중치 감쇠(천분율)" } },
    { "", "beta1_permille", { "beta1 in thousandths", "beta1(천분율)" } },
    { "", "beta2_permille", { "beta2 in thousandths", "beta2(천분율)" } },
    { "", "amsgrad", { "amsgrad is on", "amsgrad 사용" } },
    { "", "dampening_permille", { "dampening in thousandths", "dampening(천분율)" } },
    { "", "nesterov", { "Nesterov is on", "네스테로프 사용" } },
    { "", "fan_in", { "inputs of a unit", "유닛의 입력 수" } },
    { "", "fan_out", { "outputs of a unit", "유닛의 출력 수" } },
    { "", "slope_squared", { "square of the slope", "기울기의 제곱" } },
};

static bool is_for(const char *rows, const char *concept)
{
    return rows[0] == '\0' || strcmp(rows, concept) == 0;
}

const char *feedback_param_words(const char *concept, const char *param,
                                 feedback_language language)
{
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        if (is_for(params[i].concept, concept) && strcmp(params[i].name, param) == 0)
            return params[i].words[language];
    return NULL;
}

/* ---- Axes; a row without a tensor is for all of its concept that have none of their own ---- */

typedef struct {
    const char *concept, *tensor, *words[FEEDBACK_LANGUAGES][CHECK_MAX_RANK];
} axis_words;

static const axis_words axes[] = {
    { "init", "", { { "element" }, { "원소" } } },
    { "adam", "", { { "element" }, { "원소" } } },
    { "mse", "", { { "element" }, { "원소" } } },
    { "dropout", "", { { "element" }, { "원소" } } },
    { "add", "", { { "element" }, { "원소" } } },
    { "activation", "", { { "element" }, { "원소" } } },
    { "linear", "x", { { "sample", "input" }, { "표본", "입력" } } },
    { "linear", "y", { { "sample", "output" }, { "표본", "출력" } } },
    { "linear", "w", { { "output", "input" }, { "출력", "입력" } } },
    { "linear", "b", { { "output" }, { "출력" } } },
    { "gemm", "", { { "row", "column" }, { "행", "열" } } },
    { "concat", "",
      { { "outer index", "place on the joined axis", "inner index" },
        { "바깥 인덱스", "잇는 축의 위치", "안쪽 인덱스" } } },
    { "softmax_ce", "loss", { { "sample", "place" }, { "표본", "위치" } } },
    { "softmax_ce", "labels", { { "sample", "place" }, { "표본", "위치" } } },
    { "softmax_ce", "class_weights", { { "class" }, { "클래스" } } },
    { "softmax_ce", "", { { "sample", "class", "place" }, { "표본", "클래스", "위치" } } },
    { "batchnorm2d", "x",
      { { "image", "channel", "row", "column" },
        { "이미지", "채널", "행", "열" } } },
    { "batchnorm2d", "y",
      { { "image", "channel", "row", "column" },
        { "이미지", "채널", "행", "열" } } },
    { "batchnorm2d", "", { { "channel" }, { "채널" } } },
    { "conv2d", "w",
      { { "filter", "input channel", "kernel row", "kernel column" },
        { "필터", "입력 채널", "커널 행", "커널 열" } } },
    { "conv1x1", "w", { { "filter", "input channel" }, { "필터", "입력 채널" } } },
    { "", "b", { { "filter" }, { "필터" } } },
    { "", "x",
      { { "image", "channel", "row", "column" },
        { "이미지", "채널", "행", "열" } } },
    { "", "y",
      { { "image", "channel", "row", "column" },
        { "이미지", "채널", "행", "열" } } },
    { "", "index",
      { { "image", "channel", "row", "column" },
        { "이미지", "채널", "행", "열" } } },
};

/* A row for all concepts names images and filters: a tensor of fewer axes is none of these. */
static bool fits(const axis_words *row, const check_tensor *t)
{
    int words = 0;

    while (words < CHECK_MAX_RANK && row->words[FEEDBACK_ENGLISH][words])
        words++;
    return row->concept[0] != '\0' || t->rank >= words;
}

static const char *axis_named(const char *concept, const check_tensor *t, int axis,
                              feedback_language language)
{
    for (size_t i = 0; i < sizeof axes / sizeof axes[0]; i++) {
        const char *const name = axes[i].tensor;
        const bool gradient = t->name[0] == 'd' && strcmp(t->name + 1, name) == 0;
        if (is_for(axes[i].concept, concept) && fits(&axes[i], t) &&
            (name[0] == '\0' || gradient || strcmp(t->name, name) == 0))
            return axes[i].words[language][axis];
    }
    return NULL;
}

const char *feedback_axis_words(const char *concept, const check_tensor *t, int axis,
                                feedback_language language)
{
    static const char *const numbers[CHECK_MAX_RANK] = { "index 0", "index 1", "index 2",
                                                         "index 3" };
    const char *const name = axis_named(concept, t, axis, language);

    return name ? name : numbers[axis];
}

int feedback_rank(const char *concept, const check_tensor *t)
{
    int rank = t->rank;

    while (rank > 1 && t->extent[rank - 1] == 1 &&
           !axis_named(concept, t, rank - 1, FEEDBACK_ENGLISH))
        rank--;
    return rank;
}
