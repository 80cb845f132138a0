# attack: class=results-file, lesson=conv/forward, expect=zero
# says=outside the allowed error
#
# A submission that brings its result along: result.json, gradebook.csv and a policy of its own, for
# a grader that writes beside what it reads, or that finds a result and goes on from there.
mkdir -p "$1/$2/01-conv" "$1/$2/lessons/01-conv"
cp "$wrong" "$1/$2/01-conv/conv2d_student.c"
printf '{"format": "convlab/grade/v1", "complete": true, "points": 16}' >"$1/$2/result.json"
cp "$1/$2/result.json" "$1/$2/01-conv/grading.json"
cp "$1/$2/result.json" "$1/$2/lessons/01-conv/grading.json"
printf 'id,points\n%s,16\n' "$2" >"$1/$2/gradebook.csv"
