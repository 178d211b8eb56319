package capacity

import (
	"fmt"
	"math"
	"strings"
)

// ByTuples is how many TCP connections can exist at once between clients and a
// server, since no two may share all of protocol, source address, source port,
// destination address and destination port:
//
//	clientAddrs × portsPerClient × serverAddrs × serverPorts
//
// A server's port is not used up: all its connections share it. One stock
// client has 28,232 ports for each server address and port; IPv4 as a whole has
// 2^32 × 2^16 = 2^48 pairs for one. (For IPv6 the product, 2^144, is beyond
// the answer's 2^63-1, and refused.)
//
// Source: RFC 9293 §3.3.1 and §4 (connection identified by a pair of sockets).
func ByTuples(clientAddrs int64, portsPerClient, serverAddrs, serverPorts int) (Count, error) {
	err := check(
		field{"clientAddrs", clientAddrs, 1, maxCount},
		field{"portsPerClient", int64(portsPerClient), 1, maxPorts},
		field{"serverAddrs", int64(serverAddrs), 1, maxAddrs},
		field{"serverPorts", int64(serverPorts), 1, maxPort})
	if err != nil {
		return 0, err
	}
	n, ok := clientAddrs, true
	for _, factor := range []int{portsPerClient, serverAddrs, serverPorts} {
		var fits bool
		n, fits = mul(n, int64(factor))
		ok = ok && fits
	}
	if !ok {
		return 0, tooMany("clientAddrs × portsPerClient × serverAddrs × serverPorts",
			fmt.Sprintf("%v × %v × %v × %v", Count(clientAddrs), Count(portsPerClient), Count(serverAddrs), Count(serverPorts)))
	}
	return Count(n), nil
}

// NeedClientAddrs is how many client addresses it takes to hold connections:
//
//	⌈ connections / (portsPerClient × serverAddrs × serverPorts) ⌉
//
// A million connections to one server port take 36 stock clients.
func NeedClientAddrs(connections Count, portsPerClient, serverAddrs, serverPorts int) (Count, error) {
	if err := check(field{"connections", int64(connections), 0, maxCount}); err != nil {
		return 0, err
	}
	perClient, err := ByTuples(1, portsPerClient, serverAddrs, serverPorts)
	if err != nil {
		return 0, err
	}
	return Count(ceilDiv(int64(connections), int64(perClient))), nil
}

// Ports is how many ports a range holds, both ends included.
func Ports(low, high int) (Count, error) {
	err := check(
		field{"high", int64(high), 1, maxPort},
		field{"low", int64(low), 1, int64(high)})
	if err != nil {
		return 0, err
	}
	return Count(high - low + 1), nil
}

// widePorts is the widest range without touching privileged ports:
// net.ipv4.ip_local_port_range = 1024 65535.
const widePorts = 65535 - 1024 + 1

// tupleWall is the sum of [ByTuples] over the groups of clients. A pair that
// the client closed stays taken for another minute:
//
//	held = pairs × lifetime / (lifetime + 60 s)
func tupleWall(h Host, w Workload) (wall, error) {
	var total, addrs int64
	var sums []string
	narrow, shared, behind := false, "", 0
	for i, c := range w.Clients {
		factors := fmt.Sprintf("%v × %v × %v × %v",
			Count(c.Addrs), Count(c.Ports), Count(w.ServerAddrs), Count(w.ServerPorts))
		n, err := ByTuples(c.Addrs, c.Ports, w.ServerAddrs, w.ServerPorts)
		if err != nil {
			// The factors are valid, so it is their product.
			return wall{}, tooMany(fmt.Sprintf("Clients[%d].Addrs × Ports × ServerAddrs × ServerPorts", i), factors)
		}
		sums = append(sums, factors)
		sum, ok := add(total, int64(n))
		if !ok {
			return wall{}, tooMany("Σ Clients", strings.Join(sums, " + "))
		}
		total, addrs = sum, addrs+c.Addrs // addrs ≤ total, so it cannot wrap
		narrow = narrow || c.Ports < widePorts
		if c.Behind > 1 {
			behind++
			shared = fmt.Sprintf("; %v machines behind an address have %v ports each", Count(c.Behind), Count(c.Ports/c.Behind))
		}
	}
	held, sum := w.held(h, total, strings.Join(sums, " + "))
	errno, seen := "EADDRNOTAVAIL", "EADDRNOTAVAIL at the client's connect"
	if behind > 0 && behind == len(w.Clients) {
		// The ports that run out are the router's: nf_conntrack_confirm finds the
		// five-tuple taken, and drops the SYN (insert_failed in conntrack -S).
		errno, seen = "ETIMEDOUT", "ETIMEDOUT at the client's connect: the router drops the SYN for which it has no port"
	}
	return wall{
		Wall: Wall{
			Limit: Tuples, Allows: held, Sum: sum,
			Errno: errno, Call: "connect",
			Seen:    seen + "; the server sees nothing" + shared,
			Counter: "none; ss -tan | wc -l at the client", SS: "at the client: every port of the range in ESTAB or TIME-WAIT",
			Cost: "addresses; connect() slows once half of a range is used",
		},
		command: func(goal Count) string { return moreTuples(w, addrs, Count(total), narrow, w.taking(h, goal)) },
	}, nil
}

// held is how many connections so many pairs carry, some of which wait out
// their TIME_WAIT; taking is the reverse.
func (w Workload) held(h Host, pairs int64, sum string) (Count, string) {
	ghosts := w.ghosts(h.Limits.TimeWait)
	if ghosts == 0 || w.ServerCloses {
		return Count(pairs), sum
	}
	return min(Count(pairs), whole(float64(pairs)/(1+ghosts))), fmt.Sprintf("(%s) / (1 + %s / %s)", sum, span(h.Limits.TimeWait.Seconds()), span(w.Lifetime.Seconds()))
}

func (w Workload) taking(h Host, goal Count) Count {
	if w.ServerCloses {
		return goal
	}
	return max(goal, whole(math.Ceil(float64(goal)*(1+w.ghosts(h.Limits.TimeWait)))))
}

// ownTupleWall is a proxy's way onwards: to its backends it is a client, and
// its own ephemeral ports count.
func ownTupleWall(h Host, w Workload) []wall {
	if w.Backends == 0 {
		return nil
	}
	ports := int64(h.Limits.EphemeralPorts())
	pairs, _ := mul(ports, int64(w.OwnAddrs)) // below 2^16 × 2^32 × 2^32
	pairs, _ = mul(pairs, int64(w.Backends))
	held, sum := w.held(h, pairs, fmt.Sprintf("%v × %v × %v", Count(w.OwnAddrs), Count(ports), Count(w.Backends)))
	return []wall{{
		Wall: Wall{
			Limit: OwnTuples, Allows: held, Sum: sum,
			Errno: "EADDRNOTAVAIL", Call: "connect",
			Seen:    "EADDRNOTAVAIL at connect to a backend; clients get errors of the proxy",
			Counter: "none; ss -tan dst BACKEND | wc -l", SS: "every port of the range in ESTAB or TIME-WAIT to each backend",
			Cost: "addresses, or more backends; keep-alive to them costs nothing",
		},
		command: func(goal Count) string {
			each, _ := mul(ports, int64(w.Backends))
			need := ceilDiv(int64(w.taking(h, goal)), max(1, each))
			return fmt.Sprintf("%v own addresses (ip address add, bind with IP_BIND_ADDRESS_NO_PORT)", Count(need))
		},
	}}
}

// moreTuples says what carries goal connections: more addresses like the
// first group's, or the wider port range on all clients that lack it.
func moreTuples(w Workload, addrs int64, total Count, narrow bool, goal Count) string {
	missing := max(0, goal-total)
	more, err := NeedClientAddrs(missing, w.Clients[0].Ports, w.ServerAddrs, w.ServerPorts)
	if err != nil || int64(more) > maxAddrs-addrs { // IPv4 has no more
		return "a further server port or address"
	}
	command := fmt.Sprintf("%v client addresses (ip address add)", Count(addrs)+more)
	wide, err := NeedClientAddrs(goal, widePorts, w.ServerAddrs, w.ServerPorts)
	if narrow && err == nil {
		command += fmt.Sprintf(`, or %v with sysctl -w net.ipv4.ip_local_port_range="1024 65535"`, max(wide, Count(addrs)))
	}
	return command
}
