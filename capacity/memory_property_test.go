package capacity_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"socketbook/capacity"
	"socketbook/sockets"
)

// The same for memory: hosts of one to sixteen mebibytes, on which nothing but
// sockets lives, are filled to the last byte.
func TestRandomHostsRunOutOfMemoryWhereTheModelSays(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 10))
		l := sockets.Limits{RAM: 1<<20 + r.Int64N(15<<20), NofileSoft: 100_000, FileMax: 100_000}
		w := capacity.Workload{Reserve: r.IntN(20)}
		// What the process has before its first connection: its files, and the
		// listener with the bind buckets of its port.
		taken := int64(3 + 1 + w.Reserve)
		w.ReservedRAM = capacity.Bytes(taken*(sockets.SizeServerSocket-sockets.SizeTCPSock) + sockets.SizeTCPSock + 2*sockets.SizeBindBucket)
		b := must(capacity.Of(l, w)).Binding()
		if b.Limit != capacity.RAM {
			t.Fatalf("seed %d: %s binds", seed, b.Limit)
		}

		n := sockets.NewNetwork(sockets.Seed(seed))
		host, crowd := n.NewHost("server", l), n.NewHost("crowd", sockets.Limits{})
		n.NewLink(host, crowd, sockets.LAN)
		held := capacity.Count(0)
		var last error
		host.Spawn("web", func(p *sockets.Process) {
			door := must(p.ListenOn(sockets.Any(80), 4096))
			for range w.Reserve {
				must(p.OpenNull())
			}
			for last == nil {
				if _, _, last = p.Accept4(door, 0); last == nil {
					held++
				}
			}
			p.Sleep(time.Hour)
		})
		n.RunFor(time.Millisecond)
		crowd.NewLoad(host.Addr(80), sockets.LoadOptions{Clients: int(b.Allows) + 100, Window: 1})
		if err := n.RunFor(900 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		// The last one may be in the queue, without room for its inode.
		if held > b.Allows || held < b.Allows-1 {
			t.Errorf("seed %d: the host held %v, the model says %v: %s", seed, held, b.Allows, b.Sum)
		}
		if s := host.Stats(); last == nil && s.ListenDrops == 0 {
			t.Errorf("seed %d: no sign of the wall", seed)
		}
		n.Close()
	}
}
