/* fault_words.c: a fault in words, English or Korean. */
#define _GNU_SOURCE             /* dladdr */
#include "lessons/fault_words.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/lesson.h"
#include "lessons/subprocess.h"
#include "lessons/wrap.h"

enum { PATIENCE_S = 10, LINE_BYTES = 200 };

void fault_line(const char *object, const void *place, char *text, size_t size)
{
    char offset[32];
    Dl_info info;

    text[0] = '\0';
    if (!place || !dladdr(place, &info))
        return;
    snprintf(offset, sizeof offset, "0x%tx", (const char *)place - (const char *)info.dli_fbase);
    char *const argv[] = { "addr2line", "-e", (char *)object, offset, NULL };
    const subprocess_result r = subprocess_run(argv, SUBPROCESS_OUTPUT, NULL, PATIENCE_S);
    if (r.code == 0 && r.said[0] != '?') {
        r.said[strcspn(r.said, "\n ")] = '\0';
        const char *const slash = strrchr(r.said, '/');
        if (!strchr(r.said, '?'))
            snprintf(text, size, "%s", slash ? slash + 1 : r.said);
    }
    free(r.said);
}

/* "an out-of-bounds write": the processor may not tell reads from writes. */
static void print_memory(FILE *out, const fault *f)
{
    if (f->null) {
        fprintf(out, say("It %s through a NULL pointer.", "NULL 포인터로 값을 %s."),
                f->writing ? say("writes", "씁니다") : say("reads", "읽습니다"));
        if (f->no_memory)
            fprintf(out, say(" An allocation had failed before: a kernel allocates nothing, it "
                             "works in the buffers it is given.",
                             " 그 전에 메모리 할당이 실패했습니다. 커널은 메모리를 할당하지 않고 주어진 버퍼만 씁니다."));
        else if (*f->absent)
            fprintf(out, say(" For this shape these arguments are NULL: %s.",
                             " 이 모양에서는 다음 인자가 NULL입니다: %s."), f->absent);
        return;
    }
    fprintf(out, "%s", f->writing ? say("Out-of-bounds write", "범위를 벗어난 쓰기")
                                  : say("Out-of-bounds read", "범위를 벗어난 읽기"));
    if (f->tensor && f->element < 0)
        fprintf(out, say(": %s[%td], but %s begins at %s[0].",
                         ": %s[%td]에 접근했지만 %s의 첫 원소는 %s[0]입니다."),
                f->tensor, f->element, f->tensor, f->tensor);
    else if (f->tensor)
        fprintf(out, say(": %s[%td], but %s ends at %s[%td].",
                         ": %s[%td]에 접근했지만 %s의 마지막 원소는 %s[%td]입니다."),
                f->tensor, f->element, f->tensor, f->tensor, f->count - 1);
    else
        fprintf(out, "%s", say(", far from every tensor.", ", 어느 텐서와도 먼 곳입니다."));
}

static void print_words(FILE *out, const fault *f, const char *object)
{
    char line[LINE_BYTES];

    fault_line(object, f->place, line, sizeof line);
    if (*line)
        fprintf(out, "%s: ", line);
    switch (f->kind) {
    case FAULT_NONE:
        break;
    case FAULT_MEMORY:
        print_memory(out, f);
        break;
    case FAULT_STACK:
        fputs(say("The stack is used up: a function calls itself without end, or a local array "
                  "is too large.",
                  "스택을 모두 써 버렸습니다. 함수가 끝없이 자신을 부르거나 지역 배열이 너무 큽니다."), out);
        break;
    case FAULT_LOOP:
        fprintf(out, say("It was still running here after %.3g s: an endless loop? Look at the "
                         "loop's condition and at what changes its variable.",
                         "%.3g초가 지나도 여기서 끝나지 않았습니다. 무한 반복이 아닌지, 반복 조건과 반복 변수를 살펴보세요."),
                f->seconds);
        break;
    case FAULT_ARITHMETIC:
        fputs(say("A division of integers by zero.", "정수를 0으로 나눴습니다."), out);
        break;
    case FAULT_ABORT:
        fputs(say("It stopped itself: abort(), a failed assertion, or a value that C does not "
                  "allow.",
                  "스스로 멈췄습니다: abort()이거나, assert가 실패했거나, C가 허용하지 않는 값입니다."), out);
        break;
    case FAULT_EXIT:
        fputs(say("It called exit(): a kernel returns to its caller.",
                  "exit()를 불렀습니다. 커널은 자신을 부른 곳으로 돌아가야 합니다."), out);
        break;
    }
}

void fault_print(FILE *out, const fault *f, const char *object)
{
    char *words = NULL;
    size_t size = 0;
    FILE *const memory = open_memstream(&words, &size);

    if (!memory)
        abort();
    print_words(memory, f, object);
    fclose(memory);
    wrap_print(out, words, 0);
    fputc('\n', out);
    free(words);
}
