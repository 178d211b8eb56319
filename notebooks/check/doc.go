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
//	guess.go     a guess and its answer
//	score.go     all guesses of a lesson, and how sure they were
//	fold.go      what would give an answer away
//	exercise.go  what an exercise can come to
//	door.go      lesson 1: CountSockets, Beside, FindDoor
//	port.go      lesson 2: ClaimPort, Backlog, Numbers
//	bytes.go     lesson 5: ReadAll, Copied, HangUp
//	many.go      lesson 7: Nofile, NoLeak, Calm, Machine
//	tuples.go    lesson 8: ClientAddrs, OnePort, ProxyRate, Knob
//	loss.go      lesson 6: Tries, Forge, Persist
//	million.go   lesson 10: TenMillion, Filter, Tidy
//	plan.go      lesson 11: Tracked, Proxy, Walls, Thrifty
package check
