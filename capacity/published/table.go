package published

import (
	"socketbook/capacity"
	"socketbook/capacity/chance"
)

const (
	gb      = capacity.GB
	million = 1_000_000
	minute  = 1.0 / 60
)

// epoll is a workload whose sockets are watched.
var epoll = capacity.Workload{Epoll: true}

var table = []struct {
	row     Row
	predict func(*Row) error
}{
	{Row{Name: "MigratoryData, 2013", What: "kernel memory of a socket", Unit: "B", Kind: Number, Reported: 36e9 / 12e6,
		Why: "36 GB for 12 million sockets on 2.6.32; the nearest of the table is 4.4", Source: "migratorydata.com, WebSockets benchmark, 12 million users"},
		perConn("4.x", capacity.Workload{}, chance.AppBytes(chance.Exactly(0)))},
	{Row{Name: "MigratoryData, 2013", What: "bits a second of 12 million × 512 B a minute", Unit: "bit/s", Kind: Number, Reported: 1.015e9,
		Why: "to 48 B of framing were allowed for", Source: "the same"},
		linkRate(12*million, minute, chance.Uniform(512, 560))},
	{Row{Name: "MigratoryData, 2013", What: "client addresses for 12 million", Unit: "addresses", Kind: Number, Reported: 184,
		Why: "they counted on all 65,536 ports of each", Source: "the same"},
		exactly(func() (capacity.Count, string, error) {
			n, err := capacity.NeedClientAddrs(12*million, 1<<16, 1, 1)
			return n, string(capacity.Tuples), err
		})},
	{Row{Name: "Phoenix (Rennie), 2015", What: "memory of a websocket, idle", Unit: "B", Kind: Number, Reported: 84e9 / 2e6,
		Why: "2 million on 40 cores and 128 GB, 84 GB used", Source: "phoenixframework.org, The Road to 2 Million Websocket Connections"},
		perConn("4.x", epoll, chance.AppBytes(erlang))},
	{Row{Name: "Phoenix again (dsander), 2016", What: "websockets in 64 GB", Unit: "connections", Kind: Number, Reported: 2.3e6, Said: "memory",
		Why: "then it swapped", Source: "github.com/dsander/phoenix-connection-benchmark"},
		connections("4.x", 64*gb, epoll, chance.AppBytes(erlang))},
	{Row{Name: "WhatsApp, 2012", What: "memory of a connection, live", Unit: "B", Kind: Number, Reported: 31_600,
		Why: "FreeBSD 8.2: the kernel's part is taken as Linux's", Source: "blog.whatsapp.com, 1 million is so 2011"},
		perConn("4.x", epoll, chance.AppBytes(erlang))},
	{Row{Name: "eMQTTd 0.5.4, 2015", What: "memory of a connection", Unit: "B", Kind: Number, Reported: 7e9 / 200e3,
		Why: "7 GB for 200,000", Source: "github.com/emqx/emqx, release 0.5.4-alpha"},
		perConn("4.x", epoll, chance.AppBytes(erlang))},
	{Row{Name: "ejabberd 16.01, 2016", What: "memory of a user", Unit: "B", Kind: AtMost, Reported: 160 * capacity.GiB / 2e6,
		Why: "2 million on 160 GiB; what was used is not said", Source: "blog.process-one.net, ejabberd massive scalability"},
		perConn("4.x", epoll, chance.AppBytes(erlang))},
	{Row{Name: "caustik, 2012", What: "memory of a comet connection, Node", Unit: "B", Kind: Number, Reported: 16_000,
		Why: "a million in 16 GB", Source: "blog.caustik.com, Node.js w/1M concurrent connections"},
		perConn("4.x", epoll, chance.AppBytes(node))},
	{Row{Name: "Jayway, 2015", What: "websockets in 15 GB, Node", Unit: "connections", Kind: Number, Reported: 620e3, Said: "CPU",
		Why: "no wall of the model: V8's garbage collector took 100 % of a core, which grows with the heap, not with messages", Source: "jayway.com, 600k concurrent websocket connections on AWS"},
		connections("4.x", 15*gb, epoll, chance.AppBytes(chance.LogNormal(10_000, 16_000)))},
	{Row{Name: "C1000K servers, 2015", What: "memory of a websocket, Go among others", Unit: "B", Kind: Number, Reported: 10_000,
		Why: "12 GB for 1.2 million", Source: "github.com/smallnest/C1000K-Servers"},
		perConn("4.x", epoll, chance.AppBytes(golang))},
	{Row{Name: "smallnest, 2019", What: "connections in 32 GB, a goroutine each", Unit: "connections", Kind: AtLeast, Reported: million,
		Why: "the test ended at its goal", Source: "github.com/smallnest/1m-go-tcp-server"},
		connections("5.x", 32*gb, epoll, chance.AppBytes(golang))},
	{Row{Name: "glerchundi, 2016", What: "memory of a websocket, Go", Unit: "B", Kind: Number, Reported: 40_900,
		Why: "a heavier program than the band's: three goroutines a connection, and gorilla's buffers of 4 KB twice", Source: "github.com/gorilla/websocket, issue 72"},
		perConn("4.x", epoll, chance.AppBytes(golang))},
	{Row{Name: "segflow, 2021", What: "connections under ulimit -n 1024, Go", Unit: "connections", Kind: Number, Reported: 1018, Said: "descriptors",
		Why: "0 to 2, the listener, the epoll instance, the runtime's eventfd", Source: "segflow.github.io, million idle connections"},
		exactly(func() (capacity.Count, string, error) {
			v, err := capacity.Of(capacity.Host{}.Limits, capacity.Workload{Epoll: true, Reserve: 1})
			return v.Connections(), string(v.Binding().Limit), err
		})},
	{Row{Name: "1m-go-websockets, issue 22", What: "connections of one client", Unit: "connections", Kind: Number, Reported: 28_200, Said: "“always stops at 28,200”",
		Why: "the default range of ports", Source: "github.com/eranyanay/1m-go-websockets, issue 22"},
		exactly(func() (capacity.Count, string, error) {
			v, err := capacity.Plan(roomy("5.x", 16*gb), capacity.Workload{Clients: []capacity.Clients{{}}})
			return v.Connections(), string(v.Binding().Limit), err
		})},
	{Row{Name: "Eaze, 2024", What: "memory of a websocket, JDK 21", Unit: "B", Kind: Number, Reported: 20_500,
		Why: "a heavier program than the band's: a slope from 100,000 to 300,000, with the JVM's own growth in it", Source: "eaze-websocket-java, documentation.md"},
		perConn("6.x", epoll, chance.AppBytes(jvm))},
	{Row{Name: "HAProxy's manual", What: "memory of a saturated connection", Unit: "B", Kind: Number, Reported: 50_000,
		Why: "20,000 in a GB, system buffers included; 1 to 16 KB were taken to wait in each socket", Source: "haproxy doc/intro.txt"},
		perConn("5.x", capacity.Workload{DescriptorsPerConn: 2, Epoll: true}, chance.AppBytes(haproxy), chance.Unread(chance.LogNormal(1000, 16_000)))},
	{Row{Name: "HAProxy 1.6, 2017", What: "memory of a proxied connection, both sockets", Unit: "B", Kind: Number, Reported: 2 * 48e9 / 2.38e6,
		Why: "2.38 million sockets of both sides in 48 GB", Source: "bruteforced.dev, fine-tuning HAProxy to two million connections"},
		perConn("4.x", capacity.Workload{DescriptorsPerConn: 2, Epoll: true}, chance.AppBytes(haproxy))},
	{Row{Name: "MegaComet, 2011", What: "CPU of a new connection", Unit: "ns", Kind: Number, Reported: 0.24 / 4000 * 1e9,
		Why: "a machine of another time: 24 % of an EC2 Large of 2011 for 4,000 a second; the default is of 2026, and an empty program's", Source: "splinter.com.au, getting MegaComet to 523,000 connections"},
		func(r *Row) error {
			d := float64(capacity.DefaultHandshakeCPU)
			r.Low, r.High = d/1.5, d*1.5
			return nil
		}},
}

// linkRate predicts the bits a second of so many connections: a link of that
// rate is the wall that allows them.
func linkRate(n, rate float64, answer chance.Number) func(*Row) error {
	return func(r *Row) error {
		const link = 1e10 // any: it scales
		h := roomy("4.x", 1<<50)
		h.LinkRate = link
		low, high, binding, err := ask(h, capacity.Workload{Rate: rate}, chance.AnswerBytes(answer))
		r.Low, r.High, r.Binding = link/high*n, link/low*n, binding
		return err
	}
}
