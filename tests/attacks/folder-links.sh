# attack: class=folder-special, lesson=conv/forward, expect=zero, set=often
# says=links, devices and pipes are left out
#
# A folder in which the wanted file is a symbolic link to the solution, and the folder of the lesson
# one to the solutions: as root, the grader may read what the student may not.
mkdir -p "$1/$2/01-conv"
ln -s "$right" "$1/$2/01-conv/conv2d_student.c"
ln -s "$(dirname "$right")" "$1/$2/conv"
ln -s "$(dirname "$right")/../grading.json" "$1/$2/grading.json"
