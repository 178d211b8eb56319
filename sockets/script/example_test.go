package script_test

import (
	"fmt"

	"socketbook/sockets/script"
)

// A lesson in four lines: what a listener does when the last ACK of a handshake
// does not come. What is printed is what happened.
func Example() {
	report, err := script.Run(`
given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 1
+1 > [S.], seq 0, ack 1    # no ACK within a second: again
`, script.Options{})
	fmt.Print(report)
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3
	// 0.000000 bind(3, 0.0.0.0:80) = 0
	// 0.000000 listen(3, 5) = 0
	// 0.000000 < [S], seq 0, win 32792, options [mss 1000]
	// 0.000000 > [S.], seq 0, ack 1, win 64240, options [mss 1460], length 0
	// 1.000000 > [S.], seq 0, ack 1, win 64240, options [mss 1460], length 0
}

// A call that sleeps is left unfinished, as strace prints it, and resumed when
// something wakes it.
func ExampleRun() {
	report, err := script.Run(`
given server
read(4, "hello", 100) <unfinished ...>
+0.2 < [P.], seq 1:6, ack 1, length 5: "hello"
<... read resumed> = 5
any > [.], seq 1, ack 6
state 4 ESTABLISHED
`, script.Options{})
	if err != nil {
		fmt.Println(err)
	}
	for _, d := range report.Done {
		if d.Line > 2 {
			fmt.Println(d.Text)
		}
	}
	// Output:
	// read(4, "hello", 100) <unfinished ...>
	// < [P.], seq 1:6, ack 1, length 5: "hello"
	// <... read resumed> = 5
	// > [.], seq 1, ack 6, win 64235, length 0
	// state 4 ESTABLISHED
}

// What is not as the story says is told beside its line: what came instead, and
// what is wrong with it. (The error's text goes on with the tape's last lines.)
func ExampleFailure() {
	_, err := script.Run(`given listener
< [S], seq 0, win 32792, options [mss 1000]
> [S.], seq 0, ack 2, win 1000
`, script.Options{Name: "lesson"})
	if f, ok := err.(*script.Failure); ok {
		fmt.Printf("%s:%d: %s\nwant %s\ngot  %s\n", f.Name, f.Line, f.Why, f.Want, f.Got)
	}
	_, err = script.Parse("lesson", "listen(3, 5) = -1 EADDRINUS")
	fmt.Println(err)
	// Output:
	// lesson:3: ack is 1, want 2; win is 64240, want 1000
	// want > [S.], seq 0, ack 2, win 1000
	// got  > 80 > 40000: [S.], seq 0, ack 1, win 64240, options [mss 1460], length 0  (at 0 s)
	// lesson:1:19: found "EADDRINUS", allowed: an errno by its name, as in ECONNREFUSED
}
