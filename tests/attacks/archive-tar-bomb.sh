# attack: class=archive-bomb, lesson=conv/forward, expect=zero
# says=unfolds to more than
#
# The same as tar.gz: a hundred files of four megabytes that nobody asked for stand before the one
# that is wanted, so that a limit on the files that are kept does not count them.
entries=
for number in $(seq 100); do entries="$entries zeros filler/$number 4194304"; done
# shellcheck disable=SC2086  # a list of words
"$maker" tar.gz "$1/$2.tar.gz" $entries file conv2d_student.c "$wrong"
