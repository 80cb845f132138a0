# attack: class=archive-names, lesson=conv/forward, expect=zero, set=often
# says=outside the allowed error
#
# Names to be shown to somebody: escape sequences, markup, formulas, a direction mark, a name of
# ten thousand characters, a folder four hundred deep, bytes that are no UTF-8.
long=$(printf '%010000d' 0)
deep=$(printf 'd/%.0s' $(seq 400))
"$maker" tar "$1/$2.tar" \
    file "$(printf '\033[2J\033]0;passed\007.c')" "$wrong" \
    file '<script>alert(1)</script>]]>.c' "$wrong" \
    file '=cmd|/C calc!A0.c' "$wrong" \
    file "$(printf '\342\200\256c.tneduts')" "$wrong" \
    file "$(printf '\377\376\300\200.c')" "$wrong" \
    file "$(printf 'new\nline,"quote".c')" "$wrong" \
    file "$long.c" "$wrong" \
    file "${deep}conv2d_student.c" "$wrong"
