# attack: class=archive-nested, lesson=conv/forward, expect=zero, set=often
# says=no file that an exercise asks for
#
# The solution in a zip in a zip in a tar: who unpacks until nothing is left to unpack can be kept
# at it for ever, with an archive that contains itself.
"$maker" zip "$1/inner.zip" file 01-conv/conv2d_student.c "$right"
"$maker" zip "$1/middle.zip" file inner.zip "$1/inner.zip" file conv2d_student.c.zip "$1/inner.zip"
"$maker" tar "$1/$2.tar" file middle.zip "$1/middle.zip" file 01-conv/inner.zip "$1/inner.zip"
rm "$1/inner.zip" "$1/middle.zip"
