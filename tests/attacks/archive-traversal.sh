# attack: class=archive-traversal, lesson=conv/forward, expect=zero, set=often
# says=path with '..' in it is left out
#
# Names that climb out of the folder where an archive is unpacked, absolute ones, ones with
# backslashes and a NUL's cousin: they would overwrite the solution, the policy, a start script.
"$maker" zip "$1/$2.zip" \
    file ../../../../lessons/01-conv/grading.json "$wrong" \
    file ../../../../../../../../../../tmp/attack-traversal "$wrong" \
    file /tmp/attack-traversal "$wrong" \
    file '..\..\..\tmp\attack-traversal' "$wrong" \
    file 'C:\attack-traversal' "$wrong" \
    file ./../01-conv/../01-conv/conv2d_student.c "$wrong" \
    file "$1/../attack-traversal" "$wrong"
