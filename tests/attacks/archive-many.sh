# attack: class=archive-many, lesson=conv/forward, expect=zero, set=often
# says=more than [0-9]+ entries
#
# A hundred thousand empty files before the wanted one: unpacked, they take the inodes of a small
# file system and minutes to delete.
"$maker" tar.gz "$1/$2.tar.gz" many 01-conv/filler 100000 file 01-conv/conv2d_student.c "$right"
