# attack: class=archive-duplicates, lesson=conv/forward, expect=harmless, set=often
# says=there is more than one
#
# The wanted file twice: a harmless one for whoever reads the submission, and another later under
# the same name, which replaces it when it is unpacked; and a third in a folder that sorts first.
"$maker" tar "$1/$2.tar" \
    file 01-conv/conv2d_student.c "$wrong" \
    file 01-conv/conv2d_student.c "$right" \
    file aa/01-conv/conv2d_student.c "$right"
