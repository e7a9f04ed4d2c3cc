# What the guide says about simmer, run on it: its claims, and the model in R that it prints beside ours.
#
#     Rscript -e 'install.packages("simmer")'
#     Rscript what_the_guide_says.R        # from this folder
#
# `SIMMER` may name the folder where the package is installed.

library(simmer, lib.loc = if (nzchar(Sys.getenv("SIMMER"))) Sys.getenv("SIMMER"))

page <- readLines("../../asim/src/guide/from_simmer.md")

# The lines of the first code block that begins like this.
block <- function(heading) {
  first <- match(heading, page)
  last <- first + match("```", page[-(1:first)])
  page[(first + 1):(last - 1)]
}

served <- function() trajectory() %>% seize("r") %>% timeout(5) %>% release("r")

# The model prints what the page says.
program <- parse(text = block("```r")[-1])
stopifnot(identical(capture.output(for (line in program) eval(line)), block("```text")))

# A value is drawn once, when the trajectory is built.
drawn <- simmer() %>% add_generator("x", trajectory() %>% timeout(rexp(1, 2)), at(0, 1, 2)) %>% run()
stopifnot(length(unique(get_mon_arrivals(drawn)$activity_time)) == 1)

# The highest priority comes first.
sorted <- simmer() %>% add_resource("r") %>% add_generator("low", served(), at(0, 1)) %>%
  add_generator("high", served(), at(2), priority = 1) %>% run()
stopifnot(identical(get_mon_arrivals(sorted)$name, c("low0", "high0", "low1")))

# A timer to renege goes on while the arrival is served.
reneges <- trajectory() %>% renege_in(8) %>% seize("r") %>% timeout(12) %>% release("r")
gone <- simmer() %>% add_resource("r") %>% add_generator("x", reneges, at(0)) %>% run()
stopifnot(now(gone) == 8, get_server_count(gone, "r") == 0)

# Who finds the queue full is dropped.
full <- simmer() %>% add_resource("r", 1, 1) %>% add_generator("x", served(), at(0, 0, 0, 0)) %>% run()
stopifnot(sum(get_mon_arrivals(full)$finished) == 2)

# A release comes before a seize of the same time.
short <- trajectory() %>% seize("r") %>% timeout(1) %>% release("r")
first <- simmer() %>% add_resource("r", 1, 0) %>% add_generator("b", short, at(1, 3, 5)) %>%
  add_generator("a", short, at(0, 2, 4)) %>% run()
stopifnot(sum(get_mon_arrivals(first)$finished) == 6)

# A large request is not overtaken.
wants <- function(n) trajectory() %>% seize("r", n) %>% timeout(5) %>% release("r", n)
order <- simmer() %>% add_resource("r", 3) %>% add_generator("two", wants(2), at(0)) %>%
  add_generator("three", wants(3), at(1)) %>% add_generator("one", wants(1), at(2)) %>% run()
stopifnot(identical(get_mon_arrivals(order)$name, c("two0", "three0", "one0")))

# Arrivals that still wait are listed on demand.
waits <- trajectory() %>% seize("r") %>% wait()
ongoing <- simmer() %>% add_resource("r") %>% add_generator("x", waits, at(0, 0)) %>% run(5)
stopifnot(nrow(get_mon_arrivals(ongoing)) == 0, nrow(get_mon_arrivals(ongoing, ongoing = TRUE)) == 2)

# A run stops before what is due at its end.
before <- simmer() %>% add_resource("r") %>% add_generator("x", served(), at(3)) %>% run(3)
stopifnot(now(before) == 3, get_server_count(before, "r") == 0)

# A negative duration becomes a positive one.
stopifnot(now(simmer() %>% add_generator("x", trajectory() %>% timeout(-3), at(0)) %>% run()) == 3)

# Who is served is served to the end when the capacity goes down.
shrunk <- simmer() %>% add_resource("r", schedule(c(0, 2), c(2, 1))) %>%
  add_generator("x", served(), at(0, 0)) %>% run()
stopifnot(identical(get_mon_arrivals(shrunk)$end_time, c(5, 5)))

# `leave` keeps what is held.
left <- simmer() %>% add_resource("r") %>% add_generator("x", trajectory() %>% seize("r") %>% leave(1), at(0))
invisible(suppressWarnings(run(left)))
stopifnot(get_server_count(left, "r") == 1)

cat("as the guide says\n")
