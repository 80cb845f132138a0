# attack: class=folder-special, lesson=conv/forward, expect=zero
# says=larger than [0-9]+ MiB
#
# A source file of 64 gigabytes that takes no space: a hole. Reading it into memory, or hashing it,
# takes an hour.
mkdir -p "$1/$2/01-conv"
truncate -s 64G "$1/$2/01-conv/conv2d_student.c"
