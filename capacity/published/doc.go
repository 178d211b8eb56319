// Package published holds package capacity against what others have reported:
// each row predicts one number of a published test from the machine it names,
// and shows the band of the prediction beside the report.
//
//	rows, err := published.Check()
//
// # What goes in
//
// The machine is the one that was reported. Kernel memory is that of the
// nearest kernel of the table, give or take a sixth, since configurations
// differ. What a runtime takes for a connection nobody reports alone, so it
// comes from elsewhere, never from the row itself:
//
//	Go      3.5 to 19.4 KB  measured here, from a bare goroutine to net/http
//	Erlang  8 to 45 KB      R. Jones, 2008: mochiweb after and before tuning
//	Node    4 to 20 KB      at most what Jayway had; for Jayway itself caustik's 13 KB, give or take a quarter
//	JVM     4 to 12 KB      C1000K servers, 2015: 12 GB for 1.2 million, less the kernel
//	HAProxy 33 KB           its manual: two buffers of 16 kB and 1 kB
//
// # Misses
//
// They stay in the table, each with its reason. Three kinds occur: the test was
// stopped by something that is no wall of this model (a garbage collector), the
// program was a heavier one than the band's, or the machine was of another
// time.
//
// Rows that report the program's own memory alone (nginx, 1m-go-websockets,
// MegaComet) are not here: the model takes that number as an input.
package published
