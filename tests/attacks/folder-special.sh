# attack: class=folder-special, lesson=conv/forward, expect=zero
# says=links, devices and pipes are left out
#
# A folder in which the wanted file is a FIFO: whoever opens it waits for a writer who never comes.
# Beside it a socket's worth of other things that are no files.
mkdir -p "$1/$2/01-conv" "$1/$2/conv/conv2d_student.c"
mkfifo "$1/$2/01-conv/conv2d_student.c"
ln -s /dev/zero "$1/$2/conv2d_student.c"
ln -s . "$1/$2/loop"
