/* attack: class=injection, lesson=conv/forward, expect=zero
 * says=outside the allowed error
 *
 * Prints what web pages and XML readers obey: scripts, pictures that fetch, the end of a CDATA
 * section followed by a passing test case, entities that unfold, templates, Markdown with a
 * link. */
#include <stdio.h>

#include "kernels/conv2d/conv2d.h"

void conv2d_forward_student(const conv2d_shape *s, const float *x, const float *w, const float *b,
                            float *y, void *workspace)
{
    puts("<script>document.title='100'</script><img src=x onerror=alert(1)>");
    puts("</failure></testcase><testcase name=\"forged\"/>]]><![CDATA[ ]]&gt; &amp; &#0; &#x1b;");
    puts("<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>&b;&a;");
    puts("{{7*7}} ${7*7} <%= 7*7 %> [passed](javascript:alert(1)) ![](http://localhost/x)");
    puts("</pre></body></html><h1>Score: 100</h1>");
    fflush(stdout);
    for (int i = 0; i < s->oh * s->ow; i++)
        y[i] = 0.0f;
}
