# attack: class=archive-damaged, lesson=conv/forward, expect=zero
# says=no function named
#
# A source file that is empty but for NUL bytes: a text that ends before it begins.
mkdir -p "$1/$2/01-conv"
head -c 4096 /dev/zero >"$1/$2/01-conv/conv2d_student.c"
