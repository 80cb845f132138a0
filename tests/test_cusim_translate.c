/* test_cusim_translate.c: the translator from CUDA C++ to C++: text in, text out, errors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cusim/compiler/cu_ptx.h"
#include "cusim/compiler/cu_translate.h"
#include "kernels/core/rng.h"

static const cu_translate_options plain = { .own_include = "/cusim/include" };

typedef struct {
    char *out, *errors;         /* never NULL */
    int count;
} translation;

static translation translate(const char *text, const cu_translate_options *options)
{
    cu_text in = { 0 }, out = { 0 }, errors = { 0 };

    cu_print(&in, "# 1 \"a.cu\"\n%s", text);
    const int count = cu_translate(in.text, in.length, options, &out, &errors);
    cu_add(&out, "", 0);
    cu_add(&errors, "", 0);
    free(in.text);
    return (translation){ out.text, errors.text, count };
}

static void free_translation(translation *t)
{
    free(t->out);
    free(t->errors);
}

/* The text with white space as the compiler sees it, only between two names. Line markers go. */
static char *squeezed(const char *text)
{
    char *const squeezed = malloc(strlen(text) + 1);
    size_t length = 0;

    assert_non_null(squeezed);
    while (*text) {
        if (*text == '#' && (length == 0 || text[-1] == '\n')) {
            text += strcspn(text, "\n");
            continue;
        }
        const size_t space = strspn(text, " \t\n");
        text += space;
        if (space > 0 && length > 0 && isalnum((unsigned char)*text) &&
            (isalnum((unsigned char)squeezed[length - 1]) || squeezed[length - 1] == '_'))
            squeezed[length++] = ' ';
        if (*text && space == 0)
            squeezed[length++] = *text++;
    }
    squeezed[length] = '\0';
    return squeezed;
}

/* The translation is `expected`, but for white space. */
static void expect(const char *text, const char *expected)
{
    translation t = translate(text, &plain);
    char *const a = squeezed(t.out);
    char *const b = squeezed(expected);

    assert_string_equal(t.errors, "");
    assert_string_equal(a, b);
    free(a);
    free(b);
    free_translation(&t);
}

/* The translation contains `part`, but for white space; wanted: or it does not. */
static void look_for(const char *text, const char *part, bool wanted)
{
    translation t = translate(text, &plain);
    char *const a = squeezed(t.out);
    char *const b = squeezed(part);

    assert_string_equal(t.errors, "");
    if ((strstr(a, b) != NULL) != wanted)
        fail_msg("%s: %s\nin: %s", wanted ? "missing" : "unwanted", b, a);
    free(a);
    free(b);
    free_translation(&t);
}

static void expect_part(const char *text, const char *part)
{
    look_for(text, part, true);
}

static void expect_no_part(const char *text, const char *part)
{
    look_for(text, part, false);
}

static void expect_error(const char *text, const char *error)
{
    translation t = translate(text, &plain);

    if (!strstr(t.errors, error))
        fail_msg("expected: %s\ngot: %s", error, t.errors);
    assert_true(t.count > 0);
    free_translation(&t);
}

/* ---- What is no CUDA stays ---- */

static void plain_text_is_unchanged(void **state)
{
    static const char *const texts[] = {
        "int f(int a) { return a << 3 >> 1; }",
        "a = b<<c>>d; x <<= 2; y >>= 3; z = p->q; template<class T> struct S<T<int>> {};",
        "const char *s = \"k<<<1,2>>>()\"; char c = '\\''; auto r = R\"x(<<<\")\" \n >>>)x\";",
        "auto r = R\"x( )x1 __device__ )x\"; f(r);",
        "float f = 1.5e-3f + 0x1p-4 + 1'000'000 + .5f;",
        "std::ostream &operator<<(std::ostream &o, const A &a);",
        "switch (x) { case 1: f(); break; default: g(); }",
        "struct A { A() : x{1}, y(2) {} int x, y; }; enum class E : int { a, b };",
        "#pragma omp parallel\nfor (;;) { }",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect(texts[i], texts[i]);
}

static void foreign_text_is_not_looked_into(void **state)
{
    (void)state;
    expect_part("# 1 \"/usr/include/x.h\" 1 3 4\n__device__ int tex2D; k<<<1>>>(2);\n"
                "# 2 \"a.cu\" 2\n__device__ void f();\n",
                "__device__ int tex2D; k<<<1>>>(2);");
    /* A macro of a system header leaves the program's file, flagged: that is the program's text. */
    expect_part("int main() {\n# 1 \"a.cu\" 3 4\n__assert_fail(\"x\", \"a.cu\", 1, \"f\");\n"
                "# 2 \"a.cu\"\n}\n", "cusim_assert_fail(\"x\",");
}

static void own_headers_become_system_headers(void **state)
{
    translation t = translate("# 1 \"/cusim/include/h.h\" 1\nint h;\n# 2 \"a.cu\" 2\nint i;\n",
                              &plain);

    (void)state;
    assert_non_null(strstr(t.out, "# 1 \"/cusim/include/h.h\" 1 3\nint h;"));
    assert_non_null(strstr(t.out, "# 2 \"a.cu\" 2\n"));
    free_translation(&t);
}

/* ---- Launches ---- */

#define SITE(name, line, address) \
    "::cusim::launch(::cusim::site([] { static ::cusim::launch_place p = { \"" name "\", " \
    "\"a.cu\", " line ", nullptr }; return &p; }(), " address "), [=]("
#define UNSEEN ") __attribute__((no_sanitize_thread, no_sanitize_coverage)) { "

static void a_launch_is_a_call(void **state)
{
    (void)state;
    expect("void f() { k<<<g, b>>>(x, y + 1); }",
           "void f() {" SITE("k", "1", "::cusim::address(k)")
           "auto &cusim_a0, auto &cusim_a1" UNSEEN
           "k(cusim_a0, cusim_a1); }, ::cusim::config(g, b), ::cusim::convert<0>(k, x),"
           " ::cusim::convert<1>(k, y + 1)); }");
    expect_part("void f() { k<<<1, 2>>>(); }",
                "[=](" UNSEEN "k(); }, ::cusim::config(1, 2));");
    expect_part("void f() { k<<<dim3(a >> 2, b), (n >> 3), 4 * sizeof(S<int>), s>>>(x); }",
                "::cusim::config(dim3(a >> 2, b), (n >> 3), 4 * sizeof(S<int>), s),"
                " ::cusim::convert<0>(k, x))");
    expect_part("void f() { k<<<n<a<b<int> > >(1), 2>>>(); }",
                "::cusim::config(n<a<b<int> > >(1), 2))");
    expect_part("void f() { k << <n<a<b<int>> >(1), 2>>>(); }",
                "::cusim::config(n<a<b<int>> >(1), 2))");
    expect_part("void f() { k<3> << < 1, 2 >> > (x); }",
                "k<3>(cusim_a0); }, ::cusim::config(1, 2)");
    expect_part("void f() { if (x) k<<<1, size_of<vec<int>>>>>(x); else g(); }",
                "::cusim::config(1, size_of<vec<int>>), ::cusim::convert<0>(k, x)); else g();");
}

static void literals_stay_in_the_call(void **state)
{
    (void)state;
    expect_part("void f() { k<<<1, 2>>>(0, p, nullptr, __null, 5, -1); }",
                UNSEEN "k(0, cusim_a0, nullptr, __null, 5, cusim_a1); }, ::cusim::config(1, 2),"
                " ::cusim::convert<1>(k, p), ::cusim::convert<5>(k, -1))");
    expect_part("void f() { k<<<1, 2>>>({a, 1, {}}, m<1, 0>(x)); }",
                UNSEEN "k({cusim_a0, 1, {}}, cusim_a1); }, ::cusim::config(1, 2), a,"
                " ::cusim::convert<1>(k, m<1, 0>(x)))");
    expect_part("template <class... T> void f(T... a) { k<<<1, 2>>>(a...); }",
                "[=](auto &...cusim_a" UNSEEN "k(cusim_a...); }, ::cusim::config(1, 2), a...)");
}

static void what_is_launched(void **state)
{
    static const struct {
        const char *launch, *name, *address;
    } cases[] = {
        { "k<float, 8 * 2>", "k<float, 8 * 2>", "::cusim::address(&::k<float, 8 * 2>)" },
        { "k<float>", "k<float>", "nullptr" },              /* the rest is deduced */
        { "k", "k", "nullptr" },
        { "a::one", "a::one", "::cusim::address(&::a::one)" },
        { "::a::one", "::a::one", "::cusim::address(&::a::one)" },
        { "over", "over", "nullptr" },
        { "some<int>", "some<int>", "::cusim::address(&::some<int>)" },
        { "pointer", "pointer", "::cusim::address(pointer)" },
        { "table[i + 1]", "table[i + 1]", "::cusim::address(table[i + 1])" },
        { "(x ? one : two)", "(x ? one : two)", "::cusim::address(x ? one : two)" },
        { "pick(1)", "pick(1)", "::cusim::address(pick(1))" },
        { "o->table.k[2]", "o->table.k[2]", "::cusim::address(o->table.k[2])" },
        { "T::template k<2>", "T::template k<2>", "nullptr" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *const text = cu_format(
            "template <class T, int N> __global__ void k(T *p);\n"
            "namespace a { __global__ void one(int *p) {} }\n"
            "__global__ void over(int); __global__ void over(int, int);"
            "template <class T, int N = 2, class... R> __global__ void some(T *p);\n"
            "void f() {\n%s<<<1, 1>>>(x); }", cases[i].launch);
        char *const part = cu_format("{ \"%s\", \"a.cu\", 5, nullptr }; return &p; }(), %s), [=]("
                                     "auto &cusim_a0" UNSEEN "%s(cusim_a0); }",
                                     cases[i].name, cases[i].address, cases[i].launch);
        expect_part(text, part);
        free(text);
        free(part);
    }
}

static void errors_of_launches(void **state)
{
    (void)state;
    expect_error("__global__ void k() {\n\n j<<<1, 2>>>(); }",
                 "a.cu:3: error: cusim does not cover a launch inside a kernel (dynamic "
                 "parallelism)");
    expect_error("void f() { k<<<1, 2>>>; }", "a.cu:1: error: a launch needs its arguments");
    expect_error("void f() { k<<<1, 2(x); }", "a.cu:1: error: this launch lacks its >>>");
}

/* ---- Shared memory ---- */

static void shared_variables(void **state)
{
    (void)state;
    expect("__global__ void k() { __shared__ float t[16][N + 1], *p; t[0][0] = 1; }",
           "void k() {"
           " typedef float cusim_b2; typedef cusim_b2 cusim_t3[16][N + 1];"
           " static cusim_shared_site cusim_s3 = { \"t\", \"a.cu\", 1, sizeof(cusim_t3),"
           " alignof(cusim_t3), ::cusim::element_bytes<cusim_t3>(), 0, nullptr };"
           " cusim_t3 &t = *(cusim_t3 *)cusim_shared(&cusim_s3);"
           " typedef cusim_b2 *cusim_t4;"
           " static cusim_shared_site cusim_s4 = { \"p\", \"a.cu\", 1, sizeof(cusim_t4),"
           " alignof(cusim_t4), ::cusim::element_bytes<cusim_t4>(), 0, nullptr };"
           " cusim_t4 &p = *(cusim_t4 *)cusim_shared(&cusim_s4);"
           " t[0][0] = 1; }"
           " static const int cusim_k1 = ::cusim::register_kernel<decltype(&::k), &::k>"
           "(\"k\", \"a.cu\", 1, 0);");
    expect_part("__device__ void f() { extern __shared__ double d[]; }",
                "typedef double cusim_b1; typedef cusim_b1 cusim_t2[];"
                " cusim_t2 &d = *(cusim_t2 *)cusim_dynamic_shared();");
    expect_part("__device__ void f() { volatile __shared__ typename T::X x; }",
                "typedef volatile typename T::X cusim_b1; typedef cusim_b1 cusim_t2;");
    expect_part("__device__ void f() { __shared__ struct { int a; } s; }",
                "typedef struct { int a; } cusim_b1; typedef cusim_b1 cusim_t2;");
    expect_part("__device__ void f() { __shared__ __attribute__((aligned(16))) int x; }",
                "struct __attribute__((aligned(16))) cusim_l1 { char c; }; typedef int cusim_b1;");
    expect_part("__device__ void f() { __shared__ alignas(128) char x[2]; }",
                "::cusim::larger(alignof(cusim_t2), alignof(cusim_l1))");
    expect_error("__device__ void f() {\n__shared__ int n = 3; }",
                 "a.cu:2: error: the __shared__ variable 'n' cannot have an initialiser");
}

static void shared_variables_of_a_namespace(void **state)
{
    (void)state;
    expect("extern __shared__ float d[];\n__device__ float f(int i) { return d[i]; }\n"
           "__device__ float g(float *d) { return d[0]; }\n"
           "__device__ float h(X d1) { return d1.d; }",
           "typedef float cusim_b1; typedef cusim_b1 cusim_t2[];"
           "static float f(int i) { cusim_t2 &d = *(cusim_t2 *)cusim_dynamic_shared();"
           " return d[i]; }"
           "static float g(float *d) { return d[0]; }"
           "static float h(X d1) { return d1.d; }");
    expect_part("__shared__ int n;\n__device__ void f() { n = 1; }",
                "nullptr }; static void f() { cusim_t2 &n = *(cusim_t2 *)cusim_shared(&cusim_s2);"
                " n = 1; }");
}

static void lambdas_capture_shared_variables(void **state)
{
    static const char *const captures[][2] = {
        { "[=](int i)", "[=, &t](int i)" }, { "[]()", "[&t]()" }, { "[&]", "[&]" },
        { "[x]", "[x, &t]" }, { "[&t]", "[&t]" }, { "[&, x]", "[&, x]" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof captures / sizeof *captures; i++) {
        char *const text = cu_format("__device__ void f() { __shared__ int t[4]; "
                                     "auto g = %s { return t[0]; }; }", captures[i][0]);
        char *const part = cu_format("auto g = %s { return t[0]; };", captures[i][1]);
        expect_part(text, part);
        free(text);
        free(part);
    }
    expect_part("__device__ void f() { __shared__ int t[4]; auto g = [=] { return o.t[0]; }; }",
                "[=] { return o.t[0]; }");
    expect_part("__device__ void f() { __shared__ int t[4]; int y = z[x](t), a[] = {1}; }",
                "int y = z[x](t), a[] = {1};");
}

/* ---- Functions and variables ---- */

static void qualifiers_go(void **state)
{
    (void)state;
    expect("__host__ __device__ int f();", "int f();");
    expect("struct A { __device__ A() {} __host__ __device__ int f() const { return 1; } };",
           "struct A { A() {} int f() const { return 1; } };");
    expect("__device__ __forceinline__ int f();", "static inline int f();");
    expect("static inline __device__ __forceinline__ int f();", "static inline int f();");
    expect("__forceinline__ __device__ inline int f();", "static inline int f();");
    expect("__noinline__ __device__ int f();", "static __attribute__((noinline)) int f();");
    expect("int f() __attribute__((__noinline__));", "int f() __attribute__((__noinline__));");
    expect("__global__ void __launch_bounds__(256, 2) k(const __grid_constant__ P p);",
           "void k(const P p);");
    expect("auto f = [=] __device__ (int i) { return i; };", "auto f = [=] (int i) { return i; };");
}

static void functions_of_the_device_are_of_their_file(void **state)
{
    cu_translate_options shared = plain;

    (void)state;
    expect("__device__ int f() { return 1; }", "static int f() { return 1; }");
    expect("template <class T> __device__ T f(T x) { return x; }",
           "template <class T> static T f(T x) { return x; }");
    expect("template <> __device__ int f<int>(int x) { return x; }",
           "template <> int f<int>(int x) { return x; }");
    expect("__device__ int A::f() { return 1; }", "int A::f() { return 1; }");
    expect("__device__ float3 operator+(float3 a, float3 b) { return a; }",
           "static float3 operator+(float3 a, float3 b) { return a; }");
    expect("extern __device__ int f();", "extern int f();");
    expect("extern \"C\" __device__ int f();", "extern \"C\" int f();");
    shared.relocatable = true;
    translation t = translate("__device__ int f(); __device__ int v;", &shared);
    assert_null(strstr(t.out, "static int"));
    free_translation(&t);
}

static void kernels_are_registered(void **state)
{
    (void)state;
    expect_part("namespace a { namespace { __global__ void k(int *p) {} } }",
                "::cusim::register_kernel<decltype(&::a::k), &::a::k>(\"k\", \"a.cu\", 1, 0);");
    expect_part("extern \"C\" { __global__ void __launch_bounds__(2 * N, 1) k() {} }",
                "register_kernel<decltype(&::k), &::k>(\"k\", \"a.cu\", 1,"
                " (::cusim::first_of(2 * N, 1)));");
    expect("template <class T, int N = 3, class... R>\n__global__ void k(T *p) { }",
           "static const char cusim_file1[] = \"a.cu\"; template <class T, int N = 3, class... R>"
           " void k(T *p) { (void)&::cusim::instance<decltype(&::k<T, N, R...>), &::k<T, N, R...>,"
           " cusim_file1, 2, 0>::done; }");
    expect_no_part("__global__ void k(int) {} __global__ void k(float) {}", "register_kernel");
    expect_no_part("template <class T, class = int> __global__ void k(T) {}", "done");
    expect_part("__global__ void k(int *p);\n__global__ void k(int *q) {}", "register_kernel");
}

static void variables_are_registered(void **state)
{
    (void)state;
    expect("__constant__ float c[3] = {1, 2, 3}, d;",
           "static float c[3] = {1, 2, 3}, d;"
           " static ::cusim::variable cusim_v1(\"c\", c, ::CUSIM_CONSTANT, \"a.cu\", 1);"
           " static ::cusim::variable cusim_v2(\"d\", d, ::CUSIM_CONSTANT, \"a.cu\", 1);");
    expect("static __device__ volatile int *p = 0;",
           "static volatile int *p = 0;"
           " static ::cusim::variable cusim_v1(\"p\", p, ::CUSIM_DEVICE, \"a.cu\", 1);");
    expect("__device__ __managed__ struct S { int a; } s;",
           "static struct S { int a; } s;"
           " static ::cusim::variable cusim_v1(\"s\", s, ::CUSIM_MANAGED, \"a.cu\", 1);");
    expect("__device__ float (*f)(float) = g;",
           "static float (*f)(float) = g;"
           " static ::cusim::variable cusim_v1(\"f\", f, ::CUSIM_DEVICE, \"a.cu\", 1);");
    expect("__device__ int A::n = 2;",
           "int A::n = 2; static ::cusim::variable cusim_v1(\"A::n\", A::n, ::CUSIM_DEVICE,"
           " \"a.cu\", 1);");
    expect("extern __device__ int n;", "extern int n;");
    expect("struct A { static __device__ int n; };", "struct A { static int n; };");
    expect("template <class T> __device__ T v;", "template <class T> T v;");
}

/* ---- Results thrown away ---- */

static void results_thrown_away(void **state)
{
    static const char wrapped[] =
        "cusim_ignored((cudaFree(p), ::cusim::no_error()), \"cudaFree\", \"a.cu\", 1);";
    static const char *const thrown[] = {
        "cudaFree(p);", "{ cudaFree(p); }", "if (x) cudaFree(p);", "else cudaFree(p);",
        "for (;;) cudaFree(p);", "case 3: cudaFree(p);", "do cudaFree(p); while (0);",
        "; f(a); cudaFree(p);", "auto g = [] { cudaFree(p); };", "label: cudaFree(p);",
    };
    static const char *const used[] = {
        "e = cudaFree(p);", "(void)cudaFree(p);", "if (cudaFree(p)) x();", "f(cudaFree(p));",
        "return cudaFree(p);", "x ? cudaFree(p) : 0;", "cudaFree(p) == 0;", "cudaGetLastError();",
        "X a = { cudaFree(p) };", "cudacopy(p);", "o.cudaFree(p);", "cudaError_t e;",
    };

    (void)state;
    for (size_t i = 0; i < sizeof thrown / sizeof *thrown; i++) {
        char *const text = cu_format("void f() { %s }", thrown[i]);
        expect_part(text, wrapped);
        free(text);
    }
    for (size_t i = 0; i < sizeof used / sizeof *used; i++) {
        char *const text = cu_format("void f() { %s }", used[i]);
        expect(text, text);
        free(text);
    }
}

/* ---- What is not covered ---- */

static void refused_names(void **state)
{
    static const char *const names[] = {
        "tex2D(t, 1, 2)", "texture<float, 2> t", "surf2Dread(a, b)", "cudaMallocArray(a)",
        "cudaCreateTextureObject(a)", "this_cluster()", "cuLaunchKernel(f)", "cuModuleLoad(m)",
        "thrust::sort(a)", "cub::BlockReduce", "__shfl_down(x, 1)", "__ballot(1)",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *const text = cu_format("void f() {\n x = %s; }", names[i]);
        char *const error = cu_format("a.cu:2: error: cusim does not cover '%.*s'",
                                      (int)strcspn(names[i], "(<:"), names[i]);
        expect_error(text, error);
        free(text);
        free(error);
    }
    expect("void f() { o.tex2D(1); int texture = 2; x = surface + 1; }",
           "void f() { o.tex2D(1); int texture = 2; x = surface + 1; }");
}

/* ---- PTX ---- */

#define P "::cusim::ptx::"

static void expect_ptx(const char *text, const char *expected)
{
    cu_text out = { 0 };
    char *problem = NULL;

    cu_add(&out, "", 0);
    const bool fine = cu_ptx(text, 10, &out, &problem);
    if (!fine)
        fail_msg("%s: %s", text, problem);
    char *const a = squeezed(out.text);
    char *const b = squeezed(expected);
    assert_string_equal(a, b);
    free(a);
    free(b);
    free(out.text);
}

static void expect_ptx_problem(const char *text, const char *expected)
{
    cu_text out = { 0 };
    char *problem = NULL;

    if (cu_ptx(text, 3, &out, &problem))
        fail_msg("%s: accepted", text);
    assert_string_equal(problem, expected);
    free(problem);
    free(out.text);
}

static void ptx_instructions(void **state)
{
    static const char *const cases[][2] = {
        { "", "" }, { "// nothing\n /* at all */ ;", "" },
        { "add.s32 %0, %1, -4;",
          P "set(cusim_0, " P "add(" P "get<int32_t>(cusim_1), " P "get<int32_t>(-4)));" },
        { "fma.rn.f32 %0, %1, 0f3F800000, %2",
          P "set(cusim_0, " P "fma(" P "get<float>(cusim_1), " P "get<float>(" P
          "bits<float>(uint32_t(0x3f800000))), " P "get<float>(cusim_2)));" },
        { "mov.u32 %0, %%laneid;", P "set(cusim_0, " P "get<uint32_t>(" P "laneid()));" },
        { "mov.u32 %0, %ctaid.y;", P "set(cusim_0, " P "get<uint32_t>(" P "ctaid_y()));" },
        { "mov.b64 %0, {%1, %2};",
          P "set(cusim_0, " P "pack<uint64_t, 2>(cusim_1, cusim_2));" },
        { "{ .reg .pred p; setp.ne.b32 p, %1, 0; @!p mov.u32 %0, 1; @p trap; }",
          "{ bool cusim_r_p = {}; { const bool cusim_v = " P "ne(" P "get<uint32_t>(cusim_1), " P
          "get<uint32_t>(0)); " P "set(cusim_r_p, cusim_v); } if (!cusim_r_p) " P "set(cusim_0, " P
          "get<uint32_t>(1)); if (cusim_r_p) cusim_trap(); }" },
        { ".reg .b32 t<2>; mov.b32 t1, %1;",
          "uint32_t cusim_r_t0 = {}; uint32_t cusim_r_t1 = {}; " P "set(cusim_r_t1, " P
          "get<uint32_t>(cusim_1));" },
        { "ld.global.nc.L1::no_allocate.f32 %0, [%1+8];",
          P "set(cusim_0, " P "load(" P "global<float>(cusim_1, (8))));" },
        { "ld.shared.v2.u32 {%0, %1}, [%2];",
          "{ const " P "vec<uint32_t, 2> cusim_v = " P "load(" P "shared<" P
          "vec<uint32_t, 2>>(cusim_2, 0)); " P "set(cusim_0, cusim_v.at[0]); " P
          "set(cusim_1, cusim_v.at[1]); }" },
        { "st.volatile.global.b8 [%0], %1;",
          P "store_ordered(" P "global<uint8_t>(cusim_0, 0), " P "get<uint8_t>(cusim_1));" },
        { "cp.async.cg.shared::cta.global.L2::128B [%0], [%1], 16, %2;",
          "cusim_copy_async(" P "shared<char>(cusim_0, 0), " P "global<char>(cusim_1, 0), "
          "size_t(16), size_t(cusim_2));" },
        { "cp.async.wait_group %0;", "cusim_copy_async_wait(int(cusim_0));" },
        { "cp.async.wait_all;", "cusim_copy_async_commit(); cusim_copy_async_wait(0);" },
        { "bar.sync 0;", "cusim_syncthreads(0, CUSIM_SYNC);" },
        { "barrier.sync.aligned %0, 64;", "cusim_named_barrier(int(cusim_0), int(64), 0);" },
        { "fence.acq_rel.cta;", "cusim_fence(0);" },
        { "red.global.add.f32 [%0], %1;",
          P "set(" P "nowhere, " P "atom_add(" P "global<float>(cusim_0, 0), " P
          "get<float>(cusim_1)));" },
        { "atom.acq_rel.gpu.shared.cas.b32 %0, [%1], %2, %3;",
          P "set(cusim_0, " P "atom_cas(" P "shared<uint32_t>(cusim_1, 0), " P
          "get<uint32_t>(cusim_2), " P "get<uint32_t>(cusim_3)));" },
        { "cvt.rn.bf16x2.f32 %0, %1, %2;",
          P "set(cusim_0, " P "join<" P "bf16x2>(" P "get<float>(cusim_1), " P
          "get<float>(cusim_2)));" },
        { "cvt.rzi.s32.f32 %0, %1;",
          P "set(cusim_0, " P "cvt<int32_t>(" P "rzi(" P "get<float>(cusim_1))));" },
        { "ldmatrix.sync.aligned.m8n8.x1.trans.shared.b16 {%0}, [%1];",
          "{ uint32_t cusim_v[1]; " P "ldmatrix<1, true>(cusim_v, cusim_1, 0); " P
          "set(cusim_0, cusim_v[0]); }" },
        { "exit;", "cusim_thread_exit();" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_ptx(cases[i][0], cases[i][1]);
}

static void ptx_problems(void **state)
{
    static const char *const instructions[] = {
        "wgmma.fence.sync.aligned", "cp.async.bulk.wait_group 0",
        "mbarrier.init.shared.b64 [%0], 1",
        "add.rz.f32 %0, %1, %2", "add.cc.u32 %0, %1, %2", "add.f32 %0, %1", "add.b32 %0, %1, %2",
        "mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 {%0}, {%0}, {%0}, {%0}",
        "ld.global.v8.f32 {%0, %0, %0, %0, %0, %0, %0, %0}, [%1]", "ld.global.v2.f32 %0, [%1]",
        "atom.global.add.b128 %0, [%1], %2", "nosuch.u32 %0", "bar %0, %1",
        "cvt.rz.f32.f64 %0, %1", "cp.async.ca.shared.global [%0], [%1]",
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1}, [%2]",
    };

    (void)state;
    for (size_t i = 0; i < sizeof instructions / sizeof *instructions; i++) {
        const int length = (int)strcspn(instructions[i], " ");
        char *const text = cu_format("%s;", instructions[i]);
        char *const problem = cu_format("cusim does not cover the PTX instruction '%.*s'", length,
                                        instructions[i]);
        expect_ptx_problem(text, problem);
        free(text);
        free(problem);
    }
    expect_ptx_problem("mov.u32 %0, %envreg3;", "cusim does not cover the PTX register '%envreg3'");
    expect_ptx_problem("mov.u32 %0, %7;", "inline PTX has no operand %7");
    expect_ptx_problem("mov.u32 %0, q;", "inline PTX: 'q' is no register, operand or number");
    expect_ptx_problem("LOOP: bra LOOP;", "cusim does not cover labels in inline PTX ('LOOP:')");
    expect_ptx_problem("{ exit;", "inline PTX: a { without its }");
    expect_ptx_problem("exit; }", "inline PTX: a } without its {");
    expect_ptx_problem(".shared .b32 x;", "cusim does not cover the PTX directive '.shared'");
}

static void ptx_statements(void **state)
{
    (void)state;
    expect_part("__device__ void f() { asm volatile(\"add.\" \"f32 %0, %1, %0;\\n\" : "
                "\"+f\"(x[1]) : \"f\"(y) : \"memory\"); }",
                "do { auto &&cusim_o0 = (x[1]); float cusim_0 = " P "in<float>(cusim_o0); "
                "const float cusim_1 = " P "in<float>(y); { " P "set(cusim_0, " P "add(" P
                "get<float>(cusim_1), " P "get<float>(cusim_0))); } " P
                "out(cusim_o0, cusim_0); } while (0);");
    expect_part("__global__ void k() { asm(\"exit;\" ::: \"memory\"); }",
                "do { { cusim_thread_exit(); } } while (0);");
    /* The host's assembly is the host compiler's. */
    expect("static inline void f() { asm volatile(\"rdtsc\" : \"=a\"(x)); }",
           "static inline void f() { asm volatile(\"rdtsc\" : \"=a\"(x)); }");
    /* The instructions are at the line where the statement begins. */
    translation t = translate("__device__ void f() { asm(\"exit;\"\n:: \"r\"(x)); }", &plain);
    assert_non_null(strstr(t.out, "\n# 1 \"a.cu\"\n { cusim_thread_exit(); }"));
    free_translation(&t);
    expect_error("__device__ void f() {\n asm(\"trap.x;\"); }",
                 "a.cu:2: error: cusim does not cover the PTX instruction 'trap.x'");
    expect_error("__device__ void f() { asm(\"exit;\" : \"=q\"(x)); }",
                 "cusim does not cover the constraint \"=q\" of inline PTX");
}

/* ---- Lines ---- */

/* Line i of the program holds, wherever it can stand, the name at_i; so must the translation. */
static void every_token_stays_on_its_line(void **state)
{
    static const char text[] =
        "int at_1;\n"
        "template <class at, int N>\n"
        "__global__ void __launch_bounds__(3)\n"
        "k(at *at_4,\n"
        "  int at_5) {\n"
        "  __shared__ float at_6[1],\n"
        "      at_7[2];\n"
        "#pragma unroll\n"
        "  for (int at_9 = 0;;)\n"
        "    asm volatile(\"add.s32 %0, %1, %1;\"\n"
        "        : \"=r\"(at_11)\n"
        "        : \"r\"(at_12));\n"
        "  at_13;\n"
        "\n\n\n\n\n\n\n\n\n\n\n\n"
        "  at_26;\n"
        "}\n"
        "void f() {\n"
        "  k<at_29>\n"
        "    <<<at_30 +\n"
        "  at_31,\n"
        "  at_32>>>(\n"
        "    at_33, 0,\n"
        "    at_34);\n"
        "  cudaFree(\n"
        "    at_36);\n"
        "  const char *at_37 = R\"(\n"
        ")\"; at_38;\n"
        "}\n"
        "__constant__ int c[] = {\n"
        "  at_41 };\n";
    translation t = translate(text, &plain);
    int line = 1, seen = 0;
    long wanted;

    (void)state;
    assert_string_equal(t.errors, "");
    for (const char *at = t.out; *at; at++) {
        if (*at == '\n')
            line++;
        else if (*at == '#' && sscanf(at, "# %ld", &wanted) == 1) {
            line = (int)wanted - 1;
            at += strcspn(at, "\n") - 1;
        } else if (strncmp(at, "at_", 3) == 0 && sscanf(at, "at_%ld", &wanted) == 1 &&
                   at[-1] != '"') {
            if (line != wanted)
                fail_msg("at_%ld is on line %d", wanted, line);
            seen++;
        }
    }
    assert_true(seen >= 18);
    free_translation(&t);
}

static void modes_are_told_to_the_runtime(void **state)
{
    cu_translate_options both = plain;
    translation t = translate("int x;", &plain);

    (void)state;
    assert_null(strstr(t.out, "cusim_built"));
    free_translation(&t);
    both.check = both.profile = true;
    t = translate("int x;", &both);
    assert_non_null(strstr(t.out, "const int cusim_built_check __attribute__((weak)) = 1;"));
    assert_non_null(strstr(t.out, "const int cusim_built_profile __attribute__((weak)) = 1;"));
    free_translation(&t);
}

/* ---- Whatever comes in ---- */

static const char everything[] =
    "# 1 \"a.cu\"\n# 1 \"/usr/include/x.h\" 1 3\nint x;\n# 2 \"a.cu\" 2\n"
    "namespace n { template <class T, int N = 4> __global__ void __launch_bounds__(N, 2)\n"
    "k(const T *p, T (*q)[3]) { __shared__ __align__(16) T t[N], *u; extern __shared__ int d[];\n"
    "#pragma unroll\n"
    "for (int i = 0; i < N; i++) t[i] = [=] __device__ (int j) { return t[j]; }(i);\n"
    "asm volatile(\"{ .reg .pred p; @!p ld.global.v2.f32 {%0, %1}, [%2+4]; }\" : \"=f\"(a), "
    "\"+f\"(b) : \"l\"(p), \"n\"(3) : \"memory\"); } }\n"
    "__constant__ float c[2] = {1, 2}; __device__ int (*f)(int) = g; extern __shared__ char e[];\n"
    "class A : public B<(1 > 2)> { public: __device__ A() : x{1} { e[0] = 1; } int x; };\n"
    "int main(int c, char **v) { switch (c) { case 1: cudaFree(R\"a(b)\")a\"); default: ; }\n"
    "n::k<float, 8><<<dim3(1, 2), 3, 4 >> 1>>>({1, {x}}, 0, nullptr, y->z, w...); return 0; }\n";

static void translate_anything(const char *text, size_t length)
{
    cu_text out = { 0 }, errors = { 0 };
    char *const copy = cu_copy(text, length);       /* so that a read beyond it is seen */

    cu_translate(copy, length, &plain, &out, &errors);
    free(copy);
    free(out.text);
    free(errors.text);
}

static void truncated_and_mutated_text(void **state)
{
    const size_t length = sizeof everything - 1;
    char text[sizeof everything];
    rng r;

    (void)state;
    for (size_t i = 0; i <= length; i++)
        translate_anything(everything, i);
    rng_seed(&r, 1);
    for (int i = 0; i < 4000; i++) {
        memcpy(text, everything, length);
        for (uint32_t n = rng_bits32(&r) % 4 + 1; n > 0; n--) {
            const size_t at = rng_bits32(&r) % length, from = rng_bits32(&r) % length;
            const size_t count = rng_bits32(&r) % 12 + 1;
            if (rng_bits32(&r) % 2)
                text[at] = "(){}[]<>;,:#\"'\\=*&.\n x0"[rng_bits32(&r) % 23];
            else if (at + count < length && from + count < length)
                memmove(text + at, text + from, count);
        }
        translate_anything(text, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_is_unchanged),
        cmocka_unit_test(foreign_text_is_not_looked_into),
        cmocka_unit_test(own_headers_become_system_headers),
        cmocka_unit_test(a_launch_is_a_call),
        cmocka_unit_test(literals_stay_in_the_call),
        cmocka_unit_test(what_is_launched),
        cmocka_unit_test(errors_of_launches),
        cmocka_unit_test(shared_variables),
        cmocka_unit_test(shared_variables_of_a_namespace),
        cmocka_unit_test(lambdas_capture_shared_variables),
        cmocka_unit_test(qualifiers_go),
        cmocka_unit_test(functions_of_the_device_are_of_their_file),
        cmocka_unit_test(kernels_are_registered),
        cmocka_unit_test(variables_are_registered),
        cmocka_unit_test(results_thrown_away),
        cmocka_unit_test(refused_names),
        cmocka_unit_test(ptx_instructions),
        cmocka_unit_test(ptx_problems),
        cmocka_unit_test(ptx_statements),
        cmocka_unit_test(every_token_stays_on_its_line),
        cmocka_unit_test(modes_are_told_to_the_runtime),
        cmocka_unit_test(truncated_and_mutated_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
