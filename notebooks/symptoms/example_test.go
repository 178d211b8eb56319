package symptoms_test

import (
	"fmt"

	"socketbook/notebooks/symptoms"
)

// A counter is looked up, and made to happen.
func ExampleFind() {
	e, ok := symptoms.Find("ListenOverflows")
	if !ok {
		return
	}
	fmt.Println(e.Knob)
	run, err := e.Run()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	fmt.Println(run.Evidence(e.Kind, "TcpExtListenOverflows"))
	// Output:
	// Accept faster; a larger backlog in listen(), up to net.core.somaxconn (4096).
	// server: TcpExtListenOverflows           14
}
