# lessons.mk: a part of the Makefile: the lessons' demos, and what a student types.
#
# lessons/NN-name/demo.c becomes build/lessons/name/demo.so; nothing else is compiled for a lesson.

LESSON_FOLDERS := $(notdir $(wildcard lessons/[0-9][0-9]-*))
lesson_name     = $(patsubst $(firstword $(subst -, ,$(1)))-%,%,$(1))
DEMOS          := $(foreach folder,$(LESSON_FOLDERS),build/lessons/$(call lesson_name,$(folder))/demo.so)
# Lessons whose exercises run in the simulator.
CUDA_LESSONS   := $(foreach file,$(wildcard lessons/[0-9][0-9]-*/exercises/*.cu),\
                    $(call lesson_name,$(word 2,$(subst /, ,$(file)))))

# A failed check is not make's business: the lesson has told it.
LESSON = $(if $(HINT),HINT=$(HINT)) build/convlab lesson
told   = || test $$? -eq 1

.PHONY: lessons lesson-next course demos

lessons: program demos ## the map of the course: what is done, what is next
	$(LESSON)

lesson-next: program demos ## the first lesson that is open and not done
	$(LESSON) --next $(told)

lesson-%: program build/lessons/%/demo.so ## a lesson: its text, then its exercises checked; HINT=1, 2, 3 helps
	$(LESSON) $* $(told)

read-%: program build/lessons/%/demo.so ## the text of a lesson again
	$(LESSON) $* --text

watch-%: program build/lessons/%/demo.so ## check a lesson's exercises on every save
	$(LESSON) $* --watch

reset-%: program build/lessons/%/demo.so ## a lesson's starters again; your files are kept as FILE.1, ...
	$(LESSON) $* --reset $(if $(FORCE),--force) $(if $(EX),--exercise $(EX))

course: program checked cusim demos ## a course without solutions, in DIR=...; SOLUTIONS=1: with them
	lessons/course.sh $(if $(SOLUTIONS),--solutions) "$(DIR)"

demos: $(DEMOS)

$(foreach name,$(CUDA_LESSONS),lesson-$(name) watch-$(name)) lessons lesson-next: $(if $(CUDA_LESSONS),checked cusim)

define demo_rule
build/lessons/$(call lesson_name,$(1))/demo.so: lessons/$(1)/demo.c $(wildcard lessons/$(1)/*.[ch]) Makefile lessons/lessons.mk | build/setup-core
	$$(call say,CC)mkdir -p $$(@D) && $$(CC) $$(CPPFLAGS) $$(CFLAGS_release) -std=gnu11 -fopenmp $$(WARNINGS) \
	    -fPIC -shared -MMD -MP -MF $$(@D)/demo.d $$(filter lessons/$(1)/%.c,$$^) -o $$@
endef
$(foreach folder,$(LESSON_FOLDERS),$(eval $(call demo_rule,$(folder))))

-include $(DEMOS:%.so=%.d)
