# attack: class=archive-damaged, lesson=conv/forward, expect=zero
# says=found another or a damaged one
#
# No archive at all: random bytes behind the first bytes of a zip, under a name that says zip.
printf 'PK\003\004\024\000' >"$1/$2.zip"
head -c 65536 /dev/urandom >>"$1/$2.zip"
