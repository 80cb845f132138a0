# attack: class=archive-links, lesson=conv/forward, expect=zero, set=often
# says=links, devices and pipes are left out
#
# Links in a tar: the wanted file is a symbolic link to the solution, or a hard link to it; another
# link leads to a folder, through which the next entry is then written.
"$maker" tar "$1/$2.tar" \
    link 01-conv/conv2d_student.c "$right" \
    link 01-conv/out /tmp \
    file 01-conv/out/attack-links "$wrong" \
    hard conv/conv2d_student.c "$right" \
    link results /etc
