# attack: class=archive-damaged, lesson=conv/forward, expect=zero
# says=encrypted: left out
#
# A zip that wants a password: a grader that asks for one waits at a terminal that is not there; one
# that takes the bytes as they are compiles noise.
"$maker" zip-encrypted "$1/$2.zip" file 01-conv/conv2d_student.c "$right"
