# attack: class=archive-bomb, lesson=conv/forward, expect=zero, set=often
# says=larger than [0-9]+ MiB
#
# A zip of some kilobytes that unfolds to half a gigabyte of zeros, with a name that the grader
# looks for. Who unpacks first and looks afterwards has a full disk.
"$maker" zip "$1/$2.zip" zeros 01-conv/conv2d_student.c 536870912
