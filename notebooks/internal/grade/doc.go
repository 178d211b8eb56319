// Package grade checks the notebooks of a class, offline.
//
// What a learner's notebook says it printed counts for nothing. The lesson comes from
// the clone; from the learner come the answers alone, the cells exercise-N-answer and
// cells that the lesson does not have. Each answer is read first (it may use only
// packages that cannot reach the machine, and must end with the lesson's own check),
// then run anew, and the one line that the check prints is taken: "Exercise 2: solved. …".
//
//	collect.go  whose notebooks there are, and of which lesson
//	vet.go      what an answer may contain
//	grade.go    runs the answers
//	jail*.go    a process with limits and, on Linux, nothing but itself to see
//	report.go   pages and tables
//
// # What is not protected
//
// Answer and check are one process. Whoever finds a way to print the check's line
// instead of the check, once and in its place, is believed; a second line is not. The
// compiler reads the learner's text outside the jail, with a bound on time and memory.
// Without user namespaces (macOS, some containers) the jail is limits on time, memory
// and files alone, and only vet.go keeps an answer from the files of the others; the
// report says so.
package grade
