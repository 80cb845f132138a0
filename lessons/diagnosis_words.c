/* diagnosis_words.c: what to say to a student who made the mistake of a mutant.
 *
 * One row per mutant, in the order of check_concepts[]: concept, mutant, English, Korean. A row's
 * info.idea states the misconception for those who read the mutants; these say what the student's
 * kernel does and what it should do. */
#include "lessons/diagnosis.h"

#include <string.h>

typedef struct {
    const char *concept, *mutant, *words[FEEDBACK_LANGUAGES];
} mutant_words;

static const mutant_words table[] = {
    { "gemm", "beta-ignored", {
        "You overwrite C. It should become alpha * A * B plus beta times what C held before.",
        "C를 덮어쓰고 있습니다. 결과는 alpha * A * B에 C의 이전 값의 "
        "beta배를 더한 것이어야 합니다." } },
    { "gemm", "beta-zero-reads-c", {
        "You compute 0 * C when beta is 0. If C holds NaN the result is NaN: with beta == 0, "
        "C must not be read at all.",
        "beta가 0일 때 0 * C를 계산합니다. C에 NaN이 있으면 결과도 NaN이 "
        "됩니다. beta == 0이면 C를 아예 읽지 마세요." } },
    { "gemm", "alpha-on-c", {
        "You multiply what C held before by alpha, too. Alpha belongs to the product A * B "
        "only.",
        "C의 이전 값에도 alpha를 곱했습니다. alpha는 곱 A * B에만 "
        "곱합니다." } },
    { "gemm", "alpha-forgotten", {
        "The product A * B is not multiplied by alpha.",
        "곱 A * B에 alpha를 곱하지 않았습니다." } },
    { "gemm", "lda-ignored", {
        "You step through A as if its rows lay one right after the other. They lie lda "
        "elements apart.",
        "A의 행이 빈틈없이 이어져 있다고 보고 읽었습니다. 행과 행 "
        "사이의 간격은 원소 lda개입니다." } },
    { "gemm", "ldc-ignored", {
        "You step through C as if its rows lay one right after the other. They lie ldc "
        "elements apart.",
        "C의 행이 빈틈없이 이어져 있다고 보고 썼습니다. 행과 행 "
        "사이의 간격은 원소 ldc개입니다." } },
    { "gemm", "row-end-cleared", {
        "You also write the elements between the end of one row of C and the start of the "
        "next. They belong to the caller.",
        "C의 한 행이 끝나고 다음 행이 시작되기 전의 원소까지 "
        "썼습니다. 그 자리는 호출한 쪽의 것입니다." } },
    { "gemm", "remainder-dropped", {
        "The sum over k stops too early: the last K % 4 products are missing, as if the loop "
        "took four at a time and forgot the rest.",
        "k에 대한 합이 일찍 끝납니다. 네 개씩 계산하고 나머지를 잊은 "
        "것처럼 마지막 K % 4개의 곱이 빠졌습니다." } },
    { "gemm", "half-precision-sum", {
        "Your running sum loses digits, as if it were kept in half precision. Sum in float.",
        "누적 합이 반정밀도로 저장된 것처럼 자릿수를 잃습니다. "
        "float로 더하세요." } },
    { "gemm", "sum-by-threads", {
        "You cut the sum over k into as many parts as there are threads, so the result "
        "changes with their number. Share out the elements of C instead; one thread sums the "
        "whole of an element.",
        "k에 대한 합을 스레드 수만큼 나누어서 스레드 수에 따라 "
        "결과가 달라집니다. 대신 C의 원소를 나누고, 한 원소의 합은 한 "
        "스레드가 모두 계산하세요." } },
    { "conv2d", "flipped-kernel", {
        "Your kernel is flipped by 180 degrees. That is the convolution of mathematics; "
        "networks use cross-correlation, in which w[0][0] meets the top left pixel of the "
        "window.",
        "커널이 180도 뒤집혀 있습니다. 그것은 수학의 합성곱이고, "
        "신경망은 교차상관을 씁니다. w[0][0]은 창의 왼쪽 위 화소와 "
        "곱해집니다." } },
    { "conv2d", "pad-off-by-one", {
        "Your window starts one row and one column too early. The first window begins at "
        "-pad, not at -pad - 1.",
        "창이 한 행, 한 열 일찍 시작합니다. 첫 창은 -pad - 1이 아니라 "
        "-pad에서 시작합니다." } },
    { "conv2d", "pad-one-side", {
        "You apply padding on one side only, below and to the right. The first window begins "
        "at -pad, not at 0.",
        "패딩을 한쪽(아래와 오른쪽)에만 적용했습니다. 첫 창은 0이 "
        "아니라 -pad에서 시작합니다." } },
    { "conv2d", "pad-repeats-edge", {
        "Outside the image you read the nearest pixel. Padding is zeros: a tap out there adds "
        "nothing.",
        "이미지 밖에서 가장 가까운 화소를 읽었습니다. 패딩은 0이므로 "
        "밖에 있는 탭은 아무것도 더하지 않습니다." } },
    { "conv2d", "stride-ignored", {
        "Your window moves by one element per output whatever the stride. Output oh begins at "
        "oh * stride.",
        "보폭(stride)과 상관없이 창이 출력마다 한 칸씩 움직입니다. "
        "출력 oh의 창은 oh * stride에서 시작합니다." } },
    { "conv2d", "strides-swapped", {
        "You use the vertical stride across and the horizontal one down: stride_h goes with "
        "rows, stride_w with columns.",
        "세로 보폭과 가로 보폭을 바꾸어 썼습니다. stride_h는 행에, "
        "stride_w는 열에 씁니다." } },
    { "conv2d", "dilation-ignored", {
        "You read neighbouring pixels although dilation spreads the taps. Tap kh reads "
        "dilation_h * kh rows further down.",
        "팽창(dilation)이 탭을 벌려 놓는데도 이웃한 화소를 읽었습니다. "
        "탭 kh는 dilation_h * kh행 아래를 읽습니다." } },
    { "conv2d", "groups-ignored", {
        "Every filter of yours reads the channels of the first group. A filter reads those of "
        "its own group.",
        "모든 필터가 첫 번째 그룹의 채널을 읽고 있습니다. 필터는 "
        "자기 그룹의 채널을 읽어야 합니다." } },
    { "conv2d", "bias-per-channel", {
        "You add the bias once per input channel. It belongs to the output element, once: set "
        "the sum to it before the loop over channels.",
        "편향을 입력 채널마다 한 번씩 더했습니다. 편향은 출력 "
        "원소마다 한 번만 더합니다. 채널 반복문에 들어가기 전에 합의 "
        "첫 값으로 두세요." } },
    { "conv2d", "bias-missing", {
        "You never add the bias b[oc].",
        "편향 b[oc]를 더하지 않았습니다." } },
    { "conv2d", "last-row-skipped", {
        "Your loop over output rows stops one short: the last row is never written.",
        "출력 행의 반복문이 한 번 일찍 끝나서 마지막 행이 쓰이지 "
        "않았습니다." } },
    { "conv2d", "first-image-only", {
        "You compute only the first image of the batch. The outermost loop runs over all n.",
        "배치의 첫 번째 이미지만 계산했습니다. 가장 바깥 반복문은 n "
        "전체를 돌아야 합니다." } },
    { "conv2d", "half-precision", {
        "Digits are lost before the multiplication, as if x and w were rounded to half "
        "precision.",
        "x와 w를 반정밀도로 반올림한 것처럼 곱하기 전에 자릿수를 "
        "잃습니다." } },
    { "conv2d", "zeros", {
        "Every output is zero: nothing is computed, or the sum never reaches y.",
        "모든 출력이 0입니다. 아무것도 계산하지 않았거나 합이 y에 "
        "저장되지 않았습니다." } },
    { "conv2d", "guard-overwritten", {
        "You write one element behind the end of y. Look at the bounds of your loops: `<`, "
        "not `<=`.",
        "y의 끝 바로 뒤에 한 원소를 썼습니다. 반복문의 범위를 보세요. "
        "`<=`가 아니라 `<`입니다." } },
    { "conv2d", "dx-not-zeroed", {
        "You add to dx without setting it to zero first, so what it held before stays in it.",
        "dx를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 있습니다." } },
    { "conv2d", "dx-overwritten", {
        "Where windows overlap you keep only the last gradient. An input gets the sum of all "
        "of them: use +=.",
        "창이 겹치는 곳에서 마지막 기울기만 남깁니다. 입력은 모든 "
        "창의 기울기의 합을 받습니다. +=를 쓰세요." } },
    { "conv2d", "dx-flipped-kernel", {
        "Your gradient goes back through the flipped kernel. Each input gets it through the "
        "very weight it met on the way forward.",
        "기울기가 뒤집힌 커널을 지나 돌아갑니다. 각 입력은 "
        "순전파에서 곱해졌던 바로 그 가중치를 통해 기울기를 "
        "받습니다." } },
    { "conv2d", "dx-pad-one-side", {
        "Your dx is shifted by the padding. On the way forward the first window began at "
        "-pad; go back to the same place.",
        "dx가 패딩만큼 밀려 있습니다. 순전파의 첫 창은 -pad에서 "
        "시작했으니 같은 자리로 돌려보내세요." } },
    { "conv2d", "dx-stride-ignored", {
        "You send the gradients of neighbouring outputs to neighbouring inputs. Their windows "
        "lay stride elements apart.",
        "이웃한 출력의 기울기를 이웃한 입력으로 보냈습니다. 그 "
        "창들은 stride만큼 떨어져 있었습니다." } },
    { "conv2d", "dw-stale", {
        "You add to dw without setting it to zero first, so what it held before stays in it.",
        "dw를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 있습니다." } },
    { "conv2d", "dw-last-image", {
        "Your dw holds the gradient of the last image only. The images of a batch add up.",
        "dw에 마지막 이미지의 기울기만 있습니다. 배치의 모든 "
        "이미지의 기울기를 더해야 합니다." } },
    { "conv2d", "dw-mean", {
        "You divide dw by the number of images. If a mean is wanted the loss takes it, and dy "
        "already carries it.",
        "dw를 이미지 수로 나누었습니다. 평균은 손실이 취하는 것이며 "
        "dy에 이미 들어 있습니다." } },
    { "conv2d", "dw-by-threads", {
        "You cut the sum for each weight into as many parts as there are threads, so the "
        "result changes with their number. Share out the weights instead; one thread sums the "
        "whole of a weight.",
        "가중치마다 합을 스레드 수만큼 나누어서 스레드 수에 따라 "
        "결과가 달라집니다. 대신 가중치를 나누고, 한 가중치의 합은 "
        "한 스레드가 모두 계산하세요." } },
    { "conv2d", "db-mean", {
        "You divide db by the number of images. db[oc] is the plain sum of dy over images and "
        "pixels.",
        "db를 이미지 수로 나누었습니다. db[oc]는 dy를 이미지와 화소에 "
        "대해 그대로 더한 합입니다." } },
    { "conv2d", "db-forgotten", {
        "You never write db. It is the sum of dy over images and pixels.",
        "db를 쓰지 않았습니다. db는 dy를 이미지와 화소에 대해 더한 "
        "합입니다." } },
    { "conv2d", "dw-dilation-ignored", {
        "Your dw pairs dy with neighbouring pixels although dilation spreads the taps. Pair "
        "each weight with the pixels it met on the way forward.",
        "팽창(dilation)이 탭을 벌려 놓는데도 dw에서 dy를 이웃한 화소와 "
        "짝지었습니다. 가중치마다 순전파에서 만난 화소와 "
        "짝지으세요." } },
    { "conv2d", "dw-groups-ignored", {
        "Your dw pairs every filter with the channels of the first group. A filter saw those "
        "of its own group only.",
        "dw에서 모든 필터를 첫 번째 그룹의 채널과 짝지었습니다. "
        "필터는 자기 그룹의 채널만 보았습니다." } },
    { "conv2d", "dy-modified", {
        "You change dy. Inputs belong to the caller, who may need them again.",
        "dy를 바꾸었습니다. 입력은 호출한 쪽의 것이며 다시 쓰일 수 "
        "있습니다." } },
    { "pad2d", "sides-swapped", {
        "You put the padding of bottom and right at top and left. The image begins pad_top "
        "rows down and pad_left columns in.",
        "아래와 오른쪽의 패딩을 위와 왼쪽에 넣었습니다. 이미지는 "
        "pad_top행 아래, pad_left열 안쪽에서 시작합니다." } },
    { "pad2d", "zero-border", {
        "You fill the border with 0 whatever value was asked for.",
        "요청한 값과 상관없이 가장자리를 0으로 채웠습니다." } },
    { "pad2d", "rows-of-h", {
        "You take the height for the length of a row. A row has w elements; this is right on "
        "square images only.",
        "높이를 행의 길이로 썼습니다. 한 행에는 원소가 w개 있습니다. "
        "정사각형 이미지에서만 맞습니다." } },
    { "pad2d", "first-image-only", {
        "All your images are copies of the first: the image's number n is missing in the "
        "offset into x.",
        "모든 이미지가 첫 이미지의 복사본입니다. x의 오프셋에 이미지 "
        "번호 n이 빠졌습니다." } },
    { "pad2d", "corner-gradient", {
        "You cut dx from the corner of dy. The image lies behind the padding: start at row "
        "pad_top and column pad_left.",
        "dx를 dy의 모서리에서 잘라 냈습니다. 이미지는 패딩 안쪽에 "
        "있습니다. pad_top행, pad_left열에서 시작하세요." } },
    { "conv1x1", "channels-last", {
        "You read the tensors as [n][h][w][c]. Here channels come before pixels: "
        "[n][c][h][w].",
        "텐서를 [n][h][w][c] 순서로 읽었습니다. 여기서는 채널이 "
        "화소보다 앞에 옵니다. [n][c][h][w]입니다." } },
    { "conv1x1", "weights-transposed", {
        "You read w as [c][oc]. It is stored as [oc][c]: w[oc * C + c].",
        "w를 [c][oc]로 읽었습니다. w는 [oc][c]로 저장됩니다. w[oc * C + "
        "c]입니다." } },
    { "conv1x1", "depthwise", {
        "Each of your output channels reads one input channel. It is a weighted sum over all "
        "of them.",
        "출력 채널마다 입력 채널 하나만 읽었습니다. 출력 채널은 모든 "
        "입력 채널의 가중합입니다." } },
    { "conv1x1", "bias-missing", {
        "You never add the bias b[oc].",
        "편향 b[oc]를 더하지 않았습니다." } },
    { "conv1x1", "dx-weights-transposed", {
        "On the way back you read w as [c][oc]. It is stored as [oc][c].",
        "역전파에서 w를 [c][oc]로 읽었습니다. w는 [oc][c]로 저장됩니다." } },
    { "conv1x1", "dx-stale", {
        "You add to dx without setting it to zero first, so what it held before stays in it.",
        "dx를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 있습니다." } },
    { "conv1x1", "dw-first-image", {
        "Your dw holds the gradient of the first image only. The images of a batch add up.",
        "dw에 첫 번째 이미지의 기울기만 있습니다. 배치의 모든 "
        "이미지의 기울기를 더해야 합니다." } },
    { "conv1x1", "db-pixel-mean", {
        "You divide db by the number of pixels. It is the plain sum of dy over images and "
        "pixels.",
        "db를 화소 수로 나누었습니다. db는 dy를 이미지와 화소에 대해 "
        "그대로 더한 합입니다." } },
    { "pool2d", "starts-at-zero", {
        "Your search for the maximum starts at 0, so a window of negative numbers gives 0. "
        "Start with the window's first element.",
        "최댓값을 0에서 시작해서 찾기 때문에 음수만 있는 창의 결과가 "
        "0이 됩니다. 창의 첫 원소에서 시작하세요." } },
    { "pool2d", "nan-swallowed", {
        "A NaN in the window disappears, because x > largest is false for NaN. Take x as well "
        "if it is NaN.",
        "x > largest는 NaN에서 거짓이므로 창 안의 NaN이 사라집니다. x가 "
        "NaN일 때도 그 값을 택하세요." } },
    { "pool2d", "last-of-equals", {
        "Of several equal maxima you take the last, as >= does. The first one counts: use >.",
        ">=를 써서 같은 최댓값 가운데 마지막 것을 택했습니다. 첫 "
        "번째가 기준입니다. >를 쓰세요." } },
    { "pool2d", "stride-ignored", {
        "Your windows begin one element apart. Output oh begins at oh * stride.",
        "창이 한 칸 간격으로 시작합니다. 출력 oh의 창은 oh * stride에서 "
        "시작합니다." } },
    { "pool2d", "dilation-ignored", {
        "You read neighbouring elements although dilation spreads the taps. Tap kh reads "
        "dilation_h * kh rows further down.",
        "팽창(dilation)이 탭을 벌려 놓는데도 이웃한 원소를 읽었습니다. "
        "탭 kh는 dilation_h * kh행 아래를 읽습니다." } },
    { "pool2d", "padding-is-zero", {
        "You let padding take part as 0. It must never win: leave out what lies outside the "
        "image.",
        "패딩이 0으로 비교에 끼어듭니다. 패딩은 절대 최댓값이 되면 "
        "안 됩니다. 이미지 밖은 건너뛰세요." } },
    { "pool2d", "index-in-window", {
        "Your index counts within the window. It has to count within the image: ih * w + iw.",
        "인덱스를 창 안에서 세었습니다. 이미지 안에서 세어야 합니다. "
        "ih * w + iw입니다." } },
    { "pool2d", "index-by-h", {
        "Your index is ih * h + iw: height and width are confused. A row has w elements.",
        "인덱스가 ih * h + iw입니다. 높이와 너비가 뒤바뀌었습니다. 한 "
        "행에는 원소가 w개 있습니다." } },
    { "pool2d", "overlap-lost", {
        "Where windows share their maximum you keep one gradient only. The element gets the "
        "sum: use +=.",
        "여러 창이 같은 최댓값을 나누어 가질 때 기울기 하나만 "
        "남깁니다. 그 원소는 합을 받습니다. +=를 쓰세요." } },
    { "pool2d", "not-cleared", {
        "You add to dx without setting it to zero first, so what it held before stays in it.",
        "dx를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 있습니다." } },
    { "pool2d", "whole-window", {
        "You divide by the size of the window even where it is cut off at the border.",
        "가장자리에서 창이 잘린 곳에서도 창의 전체 크기로 "
        "나누었습니다." } },
    { "pool2d", "never-padding", {
        "You ignore count_include_pad: when it is set, padding counts in the divisor.",
        "count_include_pad를 무시했습니다. 이 값이 설정되면 패딩도 나누는 "
        "수에 들어갑니다." } },
    { "pool2d", "undivided", {
        "Every input gets the whole of dy. An average shares it out: divide by the number of "
        "elements.",
        "모든 입력이 dy를 통째로 받습니다. 평균은 기울기를 나누어 "
        "줍니다. 원소 수로 나누세요." } },
    { "pool2d", "whole-window-gradient", {
        "You share dy out as in a whole window even where the window is cut off at the "
        "border. Divide by what the forward pass divided by.",
        "가장자리에서 창이 잘린 곳에서도 전체 창처럼 dy를 "
        "나누었습니다. 순전파에서 나눈 수로 나누세요." } },
    { "batchnorm2d", "unbiased-inside", {
        "You normalise by the variance over count - 1. The batch is normalised by the one "
        "over count; only the running variance takes count - 1.",
        "count - 1로 나눈 분산으로 정규화했습니다. 배치는 count로 나눈 "
        "분산으로 정규화하고, 이동 분산에만 count - 1을 씁니다." } },
    { "batchnorm2d", "biased-running", {
        "Your running variance takes the variance over count. It keeps the one over count - "
        "1.",
        "이동 분산에 count로 나눈 분산을 썼습니다. 이동 분산에는 count - "
        "1로 나눈 분산을 넣습니다." } },
    { "batchnorm2d", "momentum-reversed", {
        "Your momentum weighs the old statistics. It is the weight of the new batch; the old "
        "ones get 1 - momentum.",
        "momentum을 이전 통계의 가중치로 썼습니다. momentum은 새 배치의 "
        "가중치이고 이전 통계에는 1 - momentum을 곱합니다." } },
    { "batchnorm2d", "eps-outside", {
        "You add eps to the standard deviation. It belongs under the root: 1 / sqrt(var + "
        "eps).",
        "eps를 표준편차에 더했습니다. eps는 제곱근 안에 들어갑니다. 1 / "
        "sqrt(var + eps)입니다." } },
    { "batchnorm2d", "eps-forgotten", {
        "You leave out eps, so a channel of equal values divides by zero: 1 / sqrt(var + "
        "eps).",
        "eps를 빠뜨려서 값이 모두 같은 채널은 0으로 나누게 됩니다. 1 / "
        "sqrt(var + eps)입니다." } },
    { "batchnorm2d", "beta-forgotten", {
        "You scale by gamma but never add beta.",
        "gamma를 곱했지만 beta를 더하지 않았습니다." } },
    { "batchnorm2d", "one-pass", {
        "You compute the variance as the mean of squares less the squared mean. Where the "
        "mean is large the digits cancel: take the mean first, then sum squared differences.",
        "분산을 제곱의 평균에서 평균의 제곱을 빼서 구했습니다. "
        "평균이 크면 자릿수가 사라집니다. 평균을 먼저 구하고 차의 "
        "제곱을 더하세요." } },
    { "batchnorm2d", "first-image", {
        "Your mean and variance are those of the first image. They are taken over all images "
        "of the batch.",
        "평균과 분산을 첫 이미지에서만 구했습니다. 배치의 모든 "
        "이미지에 대해 구해야 합니다." } },
    { "batchnorm2d", "constant-statistics", {
        "Your dx treats mean and variance as constants. They depend on x too, so two more "
        "terms are needed.",
        "dx에서 평균과 분산을 상수로 다루었습니다. 둘 다 x에 따라 "
        "변하므로 항이 두 개 더 필요합니다." } },
    { "batchnorm2d", "variance-constant", {
        "Your dx lacks the path through the variance: the term with the sum of dy * "
        "normalised x.",
        "dx에 분산을 지나는 경로가 빠졌습니다. dy * 정규화된 x의 합이 "
        "들어가는 항입니다." } },
    { "batchnorm2d", "dgamma-of-x", {
        "Your dgamma sums dy * x. Gamma multiplied the normalised x, so sum dy times that.",
        "dgamma에서 dy * x를 더했습니다. gamma는 정규화된 x에 "
        "곱해졌으므로 dy와 그 값의 곱을 더하세요." } },
    { "batchnorm2d", "stale-dbeta", {
        "You add to dbeta without setting it to zero first, so what it held before stays in "
        "it.",
        "dbeta를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 "
        "있습니다." } },
    { "batchnorm2d", "eval-by-batch", {
        "In evaluation you normalise by the statistics of the batch. Evaluation uses the "
        "running ones.",
        "평가할 때 배치의 통계로 정규화했습니다. 평가에서는 이동 "
        "통계를 씁니다." } },
    { "linear", "weights-transposed", {
        "You read w as [in][out]. It is stored as [out][in]: w[o * in_features + i].",
        "w를 [in][out]으로 읽었습니다. w는 [out][in]으로 저장됩니다. w[o * "
        "in_features + i]입니다." } },
    { "linear", "bias-missing", {
        "You never add the bias b[o].",
        "편향 b[o]를 더하지 않았습니다." } },
    { "linear", "bias-by-row", {
        "You choose the bias by the row of the batch. It belongs to the output: b[o].",
        "배치의 행 번호로 편향을 골랐습니다. 편향은 출력에 속합니다. "
        "b[o]입니다." } },
    { "linear", "last-output-skipped", {
        "Your loop over outputs stops one short: the last one is never written.",
        "출력의 반복문이 한 번 일찍 끝나서 마지막 출력이 쓰이지 "
        "않았습니다." } },
    { "linear", "dx-weights-transposed", {
        "On the way back you read w as [in][out]. It is stored as [out][in]: input i gets "
        "dy[o] * w[o * in_features + i].",
        "역전파에서 w를 [in][out]으로 읽었습니다. w는 [out][in]으로 "
        "저장됩니다. 입력 i는 dy[o] * w[o * in_features + i]를 받습니다." } },
    { "linear", "dx-stale", {
        "You add to dx without setting it to zero first, so what it held before stays in it.",
        "dx를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 있습니다." } },
    { "linear", "dw-stale", {
        "You add to dw without setting it to zero first, so what it held before stays in it.",
        "dw를 먼저 0으로 만들지 않고 더해서 이전 값이 남아 있습니다." } },
    { "linear", "dw-mean", {
        "You divide dw by the number of rows. If a mean is wanted the loss takes it, and dy "
        "already carries it.",
        "dw를 행 수로 나누었습니다. 평균은 손실이 취하는 것이며 dy에 "
        "이미 들어 있습니다." } },
    { "linear", "db-first-row", {
        "Your db holds the gradient of the first row only. The rows of a batch add up.",
        "db에 첫 번째 행의 기울기만 있습니다. 배치의 모든 행의 "
        "기울기를 더해야 합니다." } },
    { "activation", "nan-swallowed", {
        "Your relu turns NaN into 0 and hides it: x > 0 is false for NaN. Write x < 0 ? 0 : "
        "x.",
        "relu가 NaN을 0으로 바꾸어 숨깁니다. x > 0은 NaN에서 거짓입니다. x "
        "< 0 ? 0 : x로 쓰세요." } },
    { "activation", "slope-ignored", {
        "Your leaky relu uses a slope of 0.01 whatever slope was asked for.",
        "요청한 기울기와 상관없이 leaky relu에 0.01을 썼습니다." } },
    { "activation", "sign-lost", {
        "Your sigmoid takes exp(x) instead of exp(-x), so it falls where it should rise.",
        "시그모이드에 exp(-x) 대신 exp(x)를 써서 커져야 할 곳에서 "
        "작아집니다." } },
    { "activation", "half-precision", {
        "Digits are lost, as if x were rounded to half precision first.",
        "x를 먼저 반정밀도로 반올림한 것처럼 자릿수를 잃습니다." } },
    { "activation", "last-forgotten", {
        "Your loop ends one element early: the last one is never written.",
        "반복문이 한 원소 일찍 끝나서 마지막 원소가 쓰이지 "
        "않았습니다." } },
    { "activation", "gradient-at-zero", {
        "At x = 0 your relu lets the gradient pass. There it is 0: the test is x > 0, not x "
        ">= 0.",
        "x = 0에서 relu가 기울기를 통과시킵니다. 그곳의 기울기는 "
        "0입니다. 조건은 x >= 0이 아니라 x > 0입니다." } },
    { "activation", "sigmoid-of-x", {
        "You take the sigmoid's derivative as x * (1 - x). It is y * (1 - y), of the output.",
        "시그모이드의 도함수를 x * (1 - x)로 계산했습니다. 출력으로 "
        "계산해서 y * (1 - y)입니다." } },
    { "activation", "tanh-not-squared", {
        "You take the derivative of tanh as 1 - y. It is 1 - y * y.",
        "tanh의 도함수를 1 - y로 계산했습니다. 1 - y * y입니다." } },
    { "activation", "dy-forgotten", {
        "Your dx is the derivative alone. The chain rule multiplies it by dy.",
        "dx가 도함수뿐입니다. 연쇄 법칙에 따라 dy를 곱해야 합니다." } },
    { "dropout", "keeps-with-p", {
        "You keep an element with probability p. p is the probability of dropping it.",
        "확률 p로 원소를 남겼습니다. p는 버릴 확률입니다." } },
    { "dropout", "float-draws", {
        "You draw one 32-bit word per element. The contract asks for a double, which takes "
        "two, so the masks differ.",
        "원소마다 32비트 하나만 뽑았습니다. 규약은 두 개를 쓰는 "
        "double을 요구하므로 마스크가 달라집니다." } },
    { "dropout", "own-generator", {
        "You draw from a copy of the generator, which then does not advance: the next mask "
        "will be the same.",
        "난수 생성기의 복사본에서 뽑아서 원래 생성기가 나아가지 "
        "않습니다. 다음 마스크가 똑같아집니다." } },
    { "dropout", "unscaled", {
        "You do not scale what is kept. It is multiplied by 1 / (1 - p), so that the "
        "expectation stays.",
        "남긴 값을 키우지 않았습니다. 기댓값이 유지되도록 1 / (1 - p)를 "
        "곱합니다." } },
    { "dropout", "scaled-by-p", {
        "You scale what is kept by 1 / p. It is 1 / (1 - p); the two are equal at p = 0.5 "
        "only.",
        "남긴 값에 1 / p를 곱했습니다. 1 / (1 - p)를 곱해야 합니다. 둘은 p "
        "= 0.5에서만 같습니다." } },
    { "dropout", "nan-hidden", {
        "A NaN that is dropped becomes 0 in your output. Multiply by the mask, so that it "
        "stays visible.",
        "버려진 NaN이 출력에서 0이 됩니다. 마스크를 곱해서 NaN이 "
        "드러나게 하세요." } },
    { "dropout", "unmasked-gradient", {
        "Your gradient flows through dropped elements too. Multiply it by the mask.",
        "버려진 원소로도 기울기가 흐릅니다. 마스크를 곱하세요." } },
    { "dropout", "unscaled-gradient", {
        "Your gradient lacks the factor 1 / (1 - p) of the forward pass.",
        "기울기에 순전파의 배수 1 / (1 - p)가 빠졌습니다." } },
    { "add", "relu-before-sum", {
        "You rectify the branch before the sum. The relu of a residual block comes after it; "
        "here nothing is rectified.",
        "더하기 전에 가지에 relu를 적용했습니다. 잔차 블록의 relu는 "
        "합한 다음에 오고, 여기서는 relu를 쓰지 않습니다." } },
    { "add", "tail-forgotten", {
        "You compute whole groups of eight only. The last count % 8 elements are never "
        "written.",
        "여덟 개씩 묶은 부분만 계산했습니다. 마지막 count % 8개 원소가 "
        "쓰이지 않았습니다." } },
    { "add", "into-input", {
        "You build the sum up in the first operand. The caller still needs it: write to y "
        "only.",
        "첫 번째 피연산자에 합을 저장했습니다. 호출한 쪽이 아직 "
        "필요로 합니다. y에만 쓰세요." } },
    { "add", "gradient-halved", {
        "You share the gradient out between the summands. Each gets all of it: the derivative "
        "of a + b is 1 for both.",
        "기울기를 두 항에 나누어 주었습니다. a + b의 도함수는 둘 다 "
        "1이므로 각각 전부를 받습니다." } },
    { "add", "skip-cut", {
        "No gradient goes back through the skip connection: db is zero. It gets dy just as da "
        "does.",
        "지름길 연결로 기울기가 돌아가지 않아 db가 0입니다. db도 "
        "da처럼 dy를 받습니다." } },
    { "concat", "axis-ignored", {
        "You copy whole tensors one after the other. That joins along the first axis, not "
        "along the one asked for.",
        "텐서를 통째로 하나씩 이어 붙였습니다. 그러면 요청한 축이 "
        "아니라 첫 번째 축으로 합쳐집니다." } },
    { "concat", "order-reversed", {
        "You put the last input first. The inputs are joined in their order.",
        "마지막 입력을 맨 앞에 놓았습니다. 입력은 순서대로 이어 "
        "붙입니다." } },
    { "concat", "two-inputs", {
        "You copy the first two inputs only. There may be any number of them.",
        "처음 두 입력만 복사했습니다. 입력은 몇 개든 될 수 있습니다." } },
    { "concat", "gradient-axis-ignored", {
        "You cut dy up along the first axis. The inputs were joined along another one.",
        "dy를 첫 번째 축으로 잘랐습니다. 입력은 다른 축으로 이어 "
        "붙였습니다." } },
    { "concat", "gradient-accumulated", {
        "You add the gradient to what the buffer held. It has to be overwritten.",
        "버퍼에 있던 값에 기울기를 더했습니다. 덮어써야 합니다." } },
    { "softmax_ce", "no-max", {
        "You do not subtract the maximum. exp(89) overflows a float and the result is NaN; "
        "subtracting it changes nothing else.",
        "최댓값을 빼지 않았습니다. exp(89)는 float를 넘쳐서 결과가 NaN이 "
        "됩니다. 최댓값을 빼도 다른 것은 변하지 않습니다." } },
    { "softmax_ce", "first-as-max", {
        "You subtract the first class instead of the largest one, so exp may still overflow.",
        "가장 큰 값이 아니라 첫 번째 클래스를 뺐습니다. exp가 여전히 "
        "넘칠 수 있습니다." } },
    { "softmax_ce", "half-precision", {
        "Digits are lost, as if the results were rounded to half precision.",
        "결과를 반정밀도로 반올림한 것처럼 자릿수를 잃습니다." } },
    { "softmax_ce", "wrong-axis", {
        "You normalise over the places of a class. The classes of one place have to add up to "
        "1.",
        "한 클래스의 여러 위치에 대해 정규화했습니다. 한 위치의 모든 "
        "클래스를 더하면 1이 되어야 합니다." } },
    { "softmax_ce", "diagonal-only", {
        "Your dx is y * (1 - y) * dy, the gradient of a sigmoid. In softmax every class moves "
        "every other one: dx = y * (dy - sum of y * dy).",
        "dx가 y * (1 - y) * dy로, 시그모이드의 기울기입니다. "
        "소프트맥스에서는 모든 클래스가 서로 영향을 줍니다. dx = y * "
        "(dy - y * dy의 합)입니다." } },
    { "softmax_ce", "log-no-max", {
        "You do not subtract the maximum. exp(89) overflows a float and the result is "
        "infinite.",
        "최댓값을 빼지 않았습니다. exp(89)는 float를 넘쳐서 결과가 "
        "무한대가 됩니다." } },
    { "softmax_ce", "log-of-softmax", {
        "You take the softmax first and then its logarithm. An unlikely class underflows to 0 "
        "and gives -infinity: compute x - max - log(sum) instead.",
        "소프트맥스를 먼저 구하고 로그를 취했습니다. 가능성이 낮은 "
        "클래스는 0이 되어 -무한대가 나옵니다. 대신 x - max - log(sum)을 "
        "계산하세요." } },
    { "softmax_ce", "log-base-2", {
        "You take the logarithm to base 2. The exponentials are to base e, so use log().",
        "밑이 2인 로그를 썼습니다. 지수 함수의 밑이 e이므로 log()를 "
        "쓰세요." } },
    { "softmax_ce", "exp-forgotten", {
        "In the backward pass you use the log-softmax itself. The formula needs the "
        "probabilities: exp of it.",
        "역전파에서 로그 소프트맥스 값을 그대로 썼습니다. 식에는 "
        "확률, 즉 그 값의 exp가 필요합니다." } },
    { "softmax_ce", "mean-over-elements", {
        "You take the mean over places times classes. Each place has one loss: divide by the "
        "number of places.",
        "위치 수와 클래스 수의 곱으로 평균을 냈습니다. 위치마다 "
        "손실은 하나입니다. 위치 수로 나누세요." } },
    { "softmax_ce", "ignored-counted", {
        "Ignored labels still count in your mean. They add nothing to the sum and nothing to "
        "the divisor.",
        "무시하는 레이블이 평균에 포함되었습니다. 합에도, 나누는 "
        "수에도 들어가지 않아야 합니다." } },
    { "softmax_ce", "plain-mean", {
        "You divide a weighted sum by the count. A weighted mean divides by the sum of the "
        "weights.",
        "가중합을 개수로 나누었습니다. 가중평균은 가중치의 합으로 "
        "나눕니다." } },
    { "softmax_ce", "smoothing-forgotten", {
        "You ignore label_smoothing.",
        "label_smoothing을 무시했습니다." } },
    { "softmax_ce", "others-smoothed", {
        "You spread the smoothing over the other classes only. The true class gets its share, "
        "too.",
        "스무딩을 다른 클래스에만 나누어 주었습니다. 정답 클래스도 "
        "자기 몫을 받습니다." } },
    { "softmax_ce", "sign-forgotten", {
        "Your loss lacks the minus: it is the negative log-likelihood.",
        "손실에 음의 부호가 빠졌습니다. 손실은 음의 로그 "
        "가능도입니다." } },
    { "softmax_ce", "sum-per-thread", {
        "You add up one partial sum per thread, so the result changes with their number. Fix "
        "the parts, whatever the number of threads.",
        "스레드마다 부분합을 구해서 스레드 수에 따라 결과가 "
        "달라집니다. 스레드 수와 상관없이 나누는 방법을 고정하세요." } },
    { "softmax_ce", "gradient-mean-forgotten", {
        "The loss is a mean, but you do not divide its gradient by the same number.",
        "손실은 평균인데 기울기를 같은 수로 나누지 않았습니다." } },
    { "softmax_ce", "ignored-not-zeroed", {
        "Places with an ignored label still send a gradient back. Theirs is zero.",
        "무시하는 레이블의 위치에서도 기울기가 돌아갑니다. 그곳의 "
        "기울기는 0입니다." } },
    { "softmax_ce", "upstream-ignored", {
        "You take dloss to be 1. Multiply by it: the loss may be scaled or weighted.",
        "dloss를 1로 보았습니다. 손실에 배수나 가중치가 있을 수 있으니 "
        "dloss를 곱하세요." } },
    { "softmax_ce", "gradient-unsmoothed", {
        "You subtract a one-hot target. With label smoothing the target is no longer one-hot.",
        "원-핫 목표를 뺐습니다. 레이블 스무딩을 쓰면 목표는 더 이상 "
        "원-핫이 아닙니다." } },
    { "softmax_ce", "gradient-unweighted", {
        "The class weights enter the loss, but you leave them out of its gradient.",
        "클래스 가중치가 손실에는 들어가지만 기울기에서 빠졌습니다." } },
    { "softmax_ce", "ignored-pulled", {
        "Places with an ignored label are pulled towards class ignore_index. Their gradient "
        "is zero.",
        "무시하는 레이블의 위치가 ignore_index 클래스 쪽으로 "
        "끌려갑니다. 그곳의 기울기는 0입니다." } },
    { "mse", "sum-for-mean", {
        "You return the sum where the mean was asked for.",
        "평균을 요청했는데 합을 돌려주었습니다." } },
    { "mse", "absolute", {
        "You take absolute differences. That is the L1 loss; here they are squared.",
        "차의 절댓값을 더했습니다. 그것은 L1 손실입니다. 여기서는 "
        "제곱합니다." } },
    { "mse", "halved", {
        "You return half the squared error. Some textbooks do, so that the 2 cancels; here "
        "there is no 1/2.",
        "제곱 오차의 절반을 돌려주었습니다. 2를 없애려고 그렇게 쓰는 "
        "책도 있지만 여기서는 1/2이 없습니다." } },
    { "mse", "sum-per-thread", {
        "You add up one partial sum per thread, so the result changes with their number. Fix "
        "the parts, whatever the number of threads.",
        "스레드마다 부분합을 구해서 스레드 수에 따라 결과가 "
        "달라집니다. 스레드 수와 상관없이 나누는 방법을 고정하세요." } },
    { "mse", "factor-forgotten", {
        "The 2 of the square's derivative is missing.",
        "제곱의 도함수에 나오는 2가 빠졌습니다." } },
    { "mse", "sign-swapped", {
        "You take target - x. With x - target swapped, gradient descent would climb.",
        "target - x를 썼습니다. x - target을 뒤집으면 경사 하강법이 위로 "
        "올라갑니다." } },
    { "mse", "gradient-mean-forgotten", {
        "The loss is a mean, but you do not divide its gradient by the count.",
        "손실은 평균인데 기울기를 개수로 나누지 않았습니다." } },
    { "mse", "upstream-ignored", {
        "You take dloss to be 1. Multiply by it: the loss may be scaled or weighted.",
        "dloss를 1로 보았습니다. 손실에 배수나 가중치가 있을 수 있으니 "
        "dloss를 곱하세요." } },
    { "adam", "no-bias-correction", {
        "You use the moments as they are. They start at zero, so early steps need the bias "
        "correction: m / (1 - beta1^t) and v / (1 - beta2^t).",
        "모멘트를 그대로 썼습니다. 모멘트는 0에서 시작하므로 "
        "초기에는 편향 보정이 필요합니다. m / (1 - beta1^t)과 v / (1 - "
        "beta2^t)입니다." } },
    { "adam", "step-from-zero", {
        "You count steps from 0. Then 1 - beta^0 is 0, and the first step divides by it: the "
        "first step is 1.",
        "단계를 0부터 세었습니다. 그러면 1 - beta^0이 0이 되어 첫 "
        "단계에서 0으로 나눕니다. 첫 단계는 1입니다." } },
    { "adam", "eps-inside-root", {
        "You compute sqrt(v + eps). It is sqrt(v) + eps.",
        "sqrt(v + eps)로 계산했습니다. sqrt(v) + eps입니다." } },
    { "adam", "betas-reversed", {
        "Your beta weighs the new gradient and 1 - beta the past. It is the other way round.",
        "beta를 새 기울기에, 1 - beta를 과거에 곱했습니다. 반대입니다." } },
    { "adam", "decoupled-decay", {
        "You let weight decay act on the weights directly. That is AdamW; Adam adds it to the "
        "gradient.",
        "가중치 감쇠를 가중치에 직접 적용했습니다. 그것은 "
        "AdamW입니다. Adam은 감쇠를 기울기에 더합니다." } },
    { "adam", "max-not-used", {
        "With amsgrad you keep the largest second moment but divide by the latest one.",
        "amsgrad에서 가장 큰 2차 모멘트를 저장해 놓고 최신 값으로 "
        "나누었습니다." } },
    { "adam", "max-not-kept", {
        "With amsgrad you overwrite the maximum by the latest second moment. Keep the larger "
        "of the two.",
        "amsgrad에서 최댓값을 최신 2차 모멘트로 덮어썼습니다. 둘 "
        "가운데 큰 값을 남기세요." } },
    { "adam", "float-betas", {
        "You compute 1 - beta in float. For 0.999 only a few digits are left over: compute it "
        "in double.",
        "1 - beta를 float로 계산했습니다. 0.999에서는 유효숫자가 몇 "
        "자리만 남습니다. double로 계산하세요." } },
    { "adam", "square-of-mean", {
        "Your second moment averages the squared mean. It averages the squared gradient.",
        "2차 모멘트에서 평균의 제곱을 평균했습니다. 기울기의 제곱을 "
        "평균해야 합니다." } },
    { "adam", "root-forgotten", {
        "You divide by the second moment. Divide by its square root.",
        "2차 모멘트로 나누었습니다. 그 제곱근으로 나누세요." } },
    { "adam", "gradient-changed", {
        "You add weight decay into the caller's gradient. Use a variable of your own.",
        "호출한 쪽의 기울기에 가중치 감쇠를 더했습니다. 별도의 "
        "변수를 쓰세요." } },
    { "adam", "uphill", {
        "Your step follows the gradient, which climbs. Descent goes against it: w -= lr * "
        "gradient.",
        "기울기 방향으로 움직여서 위로 올라갑니다. 하강은 반대로 "
        "갑니다. w -= lr * 기울기입니다." } },
    { "adam", "decay-forgotten", {
        "You ignore weight_decay. It is added to the gradient: g + weight_decay * w.",
        "weight_decay를 무시했습니다. 기울기에 더해야 합니다. g + "
        "weight_decay * w입니다." } },
    { "adam", "first-step-damped", {
        "You apply dampening at step 1 too. At the first step the buffer is the gradient "
        "itself.",
        "첫 단계에도 dampening을 적용했습니다. 첫 단계의 버퍼는 기울기 "
        "그 자체입니다." } },
    { "adam", "nesterov-ignored", {
        "You take a plain momentum step where Nesterov was asked for. It looks ahead: g + "
        "momentum * buffer.",
        "네스테로프를 요청했는데 일반 모멘텀으로 움직였습니다. "
        "네스테로프는 앞을 내다봅니다. g + momentum * 버퍼입니다." } },
    { "adam", "rate-in-buffer", {
        "You fold the learning rate into the momentum buffer, which then keeps an old rate. "
        "Apply it when you move w.",
        "학습률을 모멘텀 버퍼에 곱해 넣어서 예전 학습률이 남습니다. "
        "w를 움직일 때 곱하세요." } },
    { "init", "std-for-bound", {
        "You use the standard deviation as the bound. A uniform range is sqrt(3) times wider.",
        "표준편차를 경계로 썼습니다. 균등 분포의 경계는 sqrt(3)배 더 "
        "넓습니다." } },
    { "init", "slope-ignored", {
        "You use the gain of a plain relu. It depends on the slope: sqrt(2 / (1 + slope^2)).",
        "일반 relu의 이득을 썼습니다. 이득은 기울기에 따라 다릅니다. "
        "sqrt(2 / (1 + slope^2))입니다." } },
    { "init", "fan-out-ignored", {
        "You take Xavier's bound from fan_in alone. It averages fan_in and fan_out.",
        "Xavier의 경계를 fan_in만으로 구했습니다. fan_in과 fan_out을 "
        "평균합니다." } },
    { "init", "half-range", {
        "You draw from [0, a), so every weight is positive. Draw from [-a, a).",
        "[0, a)에서 뽑아서 모든 가중치가 양수입니다. [-a, a)에서 "
        "뽑으세요." } },
    { "init", "drawn-backwards", {
        "You draw the last element first. The same seed then gives other weights: begin with "
        "element 0.",
        "마지막 원소를 먼저 뽑았습니다. 같은 시드에서 다른 가중치가 "
        "나옵니다. 0번 원소부터 시작하세요." } },
    { "init", "two-draws", {
        "You draw 64 bits for each float. One 32-bit word is enough; with two the generator "
        "runs ahead.",
        "float마다 64비트를 뽑았습니다. 32비트 하나면 됩니다. 두 개를 "
        "쓰면 생성기가 앞서 나갑니다." } },
    { "init", "generator-copied", {
        "You draw from a copy of the generator, so it does not advance: every tensor would "
        "get the same numbers.",
        "난수 생성기의 복사본에서 뽑아서 생성기가 나아가지 "
        "않습니다. 모든 텐서가 같은 수를 받게 됩니다." } },
    { "init", "all-zero", {
        "All your weights are zero. Every channel would then learn the same thing.",
        "모든 가중치가 0입니다. 그러면 모든 채널이 똑같은 것을 "
        "배웁니다." } },
};

const char *diagnosis_words(const char *concept, const char *mutant, feedback_language language)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(table[i].concept, concept) == 0 && strcmp(table[i].mutant, mutant) == 0)
            return table[i].words[language];
    return NULL;
}
