# Times foci() of the CRAN package FOCI: Rscript cran.R <folder> <n> <p> <repetitions>
# reads X.bin (by columns) and y.bin (double) from the folder and prints one line of JSON.
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
n <- as.integer(arguments[2])
p <- as.integer(arguments[3])
repetitions <- as.integer(arguments[4])

if (!requireNamespace("FOCI", quietly = TRUE)) {
  cat('{"absent": "the R package FOCI is not installed"}\n')
  quit(status = 0)
}
x <- matrix(readBin(file.path(folder, "X.bin"), "double", n * p), n, p)
y <- readBin(file.path(folder, "y.bin"), "double", n)
run <- function(rows, columns) {
  FOCI::foci(y[rows], x[rows, columns], numCores = 1, stop = TRUE, standardize = "none")
}
invisible(run(seq_len(min(n, 200)), seq_len(min(p, 10))))
wall <- numeric(repetitions)
cpu <- numeric(repetitions)
for (k in seq_len(repetitions)) {
  start <- proc.time()
  result <- run(seq_len(n), seq_len(p))
  spent <- proc.time() - start
  wall[k] <- spent[["elapsed"]]
  cpu[k] <- spent[["user.self"]] + spent[["sys.self"]]
}
listed <- function(values) paste(format(values, digits = 15, trim = TRUE), collapse = ", ")
cat(sprintf(
  '{"wall": [%s], "cpu": [%s], "selected": [%s], "FOCI": "%s", "R": "%s"}\n',
  listed(wall), listed(cpu), listed(result$selectedVar$index),
  as.character(utils::packageVersion("FOCI")), as.character(getRversion())
))
