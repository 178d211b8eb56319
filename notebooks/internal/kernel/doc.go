// Package kernel is the bundled Jupyter kernel: it speaks Jupyter's messaging
// protocol, version 5.3, over ZeroMQ without cgo, and gives the cells to package
// cell.
//
//	shell    execute, kernel_info, is_complete, complete, inspect, history, comm_info
//	control  interrupt, shutdown, kernel_info; answered while a cell runs
//	iopub    what cells show, and the state busy or idle around each request
//	stdin    bound because clients connect to it; cells never ask for input
//	hb       the heartbeat: what comes is sent back
//
// Start with [Serve]. [Dial] is the other end of the protocol, for the runner and
// the tests.
//
// The protocol: https://jupyter-client.readthedocs.io/en/stable/messaging.html
//
// # Limitations
//
// There are no widgets: a comm that is opened is closed again. There is no
// execute_result, no pager and no clear_output, and outputs are not part of the
// history: what package jupyter_kernel_test asks for beyond that passes. Requests of one channel are answered one after another.
package kernel
