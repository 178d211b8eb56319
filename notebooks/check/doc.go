// Package check is what the lessons ask their reader with: a guess before an
// experiment, and exercises that check themselves.
//
// A guess is a declaration in a cell. The experiment's cell reveals the answer
// beside it; where nothing was guessed it asks the question again and folds the
// answer away:
//
//	var guess = check.Guess{} // for instance check.Guess{10, 20, 30}
//
//	%%
//	guess.Reveal("How many of the 50 get in?", connected(5), connected(49), connected(50))
//
// A guess may say how sure it is, and at the end of a lesson one cell holds all
// of them against the answers, made anew, and tells how well its maker knew what
// they knew:
//
//	var guess = check.Guess{10, 20, 30, check.Sure(80)}
//
//	%%
//	check.Score(
//		guess.Against("who gets in", connected(5), connected(49), connected(50)),
//		timeGuess.Against("how long", check.Within(seconds(), 10)), // right within 10 %
//	)
//
// An exercise is a declaration too: a number, a value or a function. Its check
// plays the answer on a simulated host and says what came of it, in plain words.
// Nothing here ends a program or waits for input: an exercise that is not solved
// says so, and the notebook runs on.
//
// # Exercises for any lesson
//
// These check a program on some hundred seeds, with faults. The lesson gives the
// number under which the exercise stands:
//
//	check.EchoServer(1, serve)    one client after another gets its bytes back
//	check.LengthServer(1, serve)  reads to the end, answers with the number of bytes
//	check.EventServer(1, serve)   many clients at a time: epoll, nothing blocks
//	check.CrampedServer(1, serve) the same with 12 descriptors, and EMFILE
//	check.AskServer(1, ask)       a client that tries again
//	check.DialTimeout(1, dial)    connect without blocking, and SO_ERROR
//
// A cell holds the unwritten answer and the check; the text above it is the doc
// comment of the check in other words, with the calls to use:
//
//	// serve gives each client its bytes back.
//	func serve(k sockets.Calls) error {
//		return check.Todo // your code here
//	}
//
//	%%
//	check.EchoServer(1, serve)
//
// The other two answers:
//
//	func ask(k sockets.Calls, server sockets.SockAddr, question []byte) ([]byte, error) {
//	func dial(k sockets.Calls, server sockets.SockAddr, patience time.Duration) (int, error) {
//
// All calls go through k: the answer runs on a real kernel as it is. There is no
// sleep among them; k.Poll(nil, 0, 50*time.Millisecond) is one. What broke is
// told with a replay string, and one more cell shows the calls of that run:
//
//	%%
//	check.Replay("sockets:v1:echo-server?seed=1&…", serve)
//
// # The engine
//
// An exam (exam.go) is a name, a task, the dials that can be turned (faults.go),
// and a function that sets the stage and lets the answer begin (serve in
// server.go, for instance, with what its clients want). Seed 1 is played with
// nothing wrong, the next with one fault each, the others with a few by chance.
// The first run that breaks the answer is made smaller: faults are turned off,
// then down, then the smallest seed is looked for. What is said comes from the
// scene's verdict: the first of the things that can be wrong, from the nearest
// cause (a panic, a loop without sleep) to the farthest (a descriptor leak). An
// answer is stopped by counting its calls (kernel.go), so that the same answer
// gets the same words on every machine; only one that makes no call at all is
// left behind after some seconds (watch.go).
//
// # Students
//
// In a class each student has variants of their own, by an id that is a
// declaration in the notebook (student.go). What may differ in an exercise stands
// as numbers in the table of variants.go: what is counted, the port, what the wire
// carries, which of several scenarios. An exercise asks mine for its numbers, and
// own says them. Every exercise has its line in the key (key.go), which
// `go run ./notebooks key -student ID` prints. Tests solve every exercise for a
// class of students by it, hold the program of one student against the exercise of
// another, and miss exercises of a lesson that have no variants. A program of the
// key is a reference solution out of a test file, so it is one that runs; the
// numbers of a student stand in its variables.
//
//	var student = check.Student("") // your id between the quotes
//
// # Files
//
//	guess.go     a guess and its answer
//	score.go     all guesses of a lesson, and how sure they were
//	fold.go      what would give an answer away
//	exercise.go  what an exercise can come to
//	student.go   variants of a student's own, variants.go which there are
//	key.go       the answers, key_choice.go those that are a choice
//	exam.go      plays an answer on many seeds, and shrinks what breaks it
//	faults.go    what can go wrong
//	kernel.go    the calls of an answer, counted
//	watch.go     an answer without an end
//	threads.go   an answer with goroutines
//	source.go    the text of an answer
//	again.go     Replay
//	serve.go     EchoServer, LengthServer, EventServer, CrampedServer
//	server.go    the stage for them, guest.go their clients, server_why.go what is said
//	client.go    AskServer
//	dial.go      DialTimeout
//	door.go      lesson 1: CountSockets, Beside, FindDoor
//	port.go      lesson 2: ClaimPort, Restart, Numbers; lesson 3: Backlog
//	waiting.go   lesson 3: LastIn, RoomFor300, Counters
//	ready.go     lesson 4: Readable, Drain
//	bytes.go     lesson 5: ReadAll, Copied, HangUp, SmallRing
//	many.go      lesson 7: Nofile, NoLeak, Calm, Machine
//	tuples.go    lesson 8: ClientAddrs, OnePort, ProxyRate, Knob
//	ram.go       lesson 9: NeedRAM, FirstWalls, AppBudget, SlowReader
//	loss.go      lesson 6: Tries, Forge, Persist, BadLuck
//	million.go   lesson 10: TenMillion, Filter, Tidy
//	plan.go      lesson 11: Tracked, Proxy, Walls, Thrifty
package check
