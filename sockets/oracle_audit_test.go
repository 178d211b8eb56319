package sockets_test

import (
	"testing"

	"socketbook/sockets"
	"socketbook/sockets/internal/oracle"
)

// TestOracleKeepsTheInvariants plays the oracle's cases once more and audits
// the host after each step: nothing is lost, nothing waits in vain. When a case
// is over and its processes have ended nothing is left of it.
func TestOracleKeepsTheInvariants(t *testing.T) {
	for _, f := range loadOracle(t) {
		wrong := make([][]string, len(f.Cases))
		forEach(len(f.Cases), func(i int) {
			k := &auditedKernel{simKernel: newSimKernel().(*simKernel)}
			oracle.Run(k, f.Cases[i])
			if len(k.wrong) == 0 {
				k.wrong = sockets.AuditEnd(k.lab)
			}
			wrong[i] = k.wrong
			k.Close()
		})
		for i, sentences := range wrong {
			for _, s := range sentences {
				t.Errorf("%s: %s", f.Cases[i].Name, s)
			}
		}
	}
}

// auditedKernel looks for what is wrong after each step, until it has found
// something.
type auditedKernel struct {
	*simKernel
	wrong []string
}

func (k *auditedKernel) Settle() {
	k.simKernel.Settle()
	if len(k.wrong) == 0 {
		k.wrong = sockets.Audit(k.lab)
	}
}
