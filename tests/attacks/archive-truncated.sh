# attack: class=archive-damaged, lesson=conv/forward, expect=zero, set=often
# says=(damaged or cut off|cannot be unfolded)
#
# An archive that ends in the middle of the wanted file, and goes on with noise.
"$maker" tar.gz "$1/whole.tar.gz" file 01-conv/conv2d_student.c "$right"
head -c 150 "$1/whole.tar.gz" >"$1/$2.tar.gz"
head -c 4096 /dev/urandom >>"$1/$2.tar.gz"
rm "$1/whole.tar.gz"
