# Makefile: what a student types. `make` prints it.

LESSON = $(if $(HINT),HINT=$(HINT)) build/convlab lesson
told   = || test $$? -eq 1

.SILENT:
.PHONY: help lessons lesson-next

help: ## this text
	awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

lessons: ## the map of the course: what is done, what is next
	$(LESSON)

lesson-next: ## the first lesson that is open and not done
	$(LESSON) --next $(told)

lesson-%: ## a lesson: its text, then its exercises checked; HINT=1, 2, 3 helps
	$(LESSON) $* $(told)

read-%: ## the text of a lesson again
	$(LESSON) $* --text

watch-%: ## check a lesson's exercises on every save
	$(LESSON) $* --watch

reset-%: ## a lesson's starters again; your files are kept as FILE.1, ...; EX=NAME: one exercise
	$(LESSON) $* --reset $(if $(FORCE),--force) $(if $(EX),--exercise $(EX))
