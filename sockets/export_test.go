package sockets

// What tests outside the package may see of the inside.

// Forget forgets every registered scenario.
func Forget() { registered = nil }

// Audit says what is wrong with the network now, see audit; descriptors may be
// given to other files while calls sleep on them.
func Audit(n *Network) []string { return auditWild(n) }

// AuditEnd ends every process, lets every timer run out, and says what is wrong
// and what is left.
func AuditEnd(n *Network) []string {
	for _, h := range n.hosts {
		for len(h.procs) > 0 {
			h.procs[0].Exit()
		}
	}
	n.Run()
	return append(auditWild(n), leaks(n)...)
}
