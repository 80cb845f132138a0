# attack: class=archive-links, lesson=conv/forward, expect=zero
# says=links, devices and pipes are left out
#
# A tar whose wanted file is a FIFO, which blocks whoever opens it, or a character device, which can
# be read without end.
"$maker" tar.gz "$1/$2.tar.gz" fifo 01-conv/conv2d_student.c - device conv/conv2d_student.c -
