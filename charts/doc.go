// Package charts draws the pictures of the book. A picture is a sentence with
// units: its title states the finding, its axes say quantity and unit, and the
// numbers of the running example are marked in place.
//
// A cell is one line:
//
//	charts.Setup()                         // once a notebook: the live library
//	charts.AgainstNofile(curve).Show()     // connections against ulimit -n
//	charts.AgainstAddresses(a, b).Show()   // connections against client addresses
//	charts.TupleSpace(a, b, c).Show()      // connections against ports of each client
//	charts.AgainstSocketMemory(c).Show()   // connections against bytes per socket
//	charts.Journey(path).Show()            // a packet, station by station
//	charts.Descriptors(table).Show()       // the descriptor table of a process
//	charts.Queue(samples).Show()           // queues over virtual time, with drops
//	charts.Ladder(talk).Show()             // the segments of a conversation, SYN to FIN
//	charts.States(client, server).Show()   // TCP's states, and the way taken
//	charts.Window(samples).Show()          // a congestion window and what made it fall
//	charts.Sequence(transfer).Show()       // bytes sent and acknowledged over time
//	charts.HeatMap(crowd).Show()           // one value of each of a million sockets
//	charts.LimitMap(grid).Show()           // which limit binds, for two inputs
//	charts.Outcome(draws).Show()           // how many are held, with which probability
//	charts.Odds(limits).Show()             // every limit, P5 to P95, and how often it binds
//	charts.Tornado(inputs).Show()          // which input is worth measuring
//	charts.AgainstPublished(r).Show()      // prediction beside published results
//	charts.OneSocket(parts).Show()         // the memory of one socket, by part
//
// In a notebook the picture is the cell's output; elsewhere Show writes a file
// that needs no network, and prints its name. [Chart.HTML], [Chart.Page] and
// [Chart.WriteFile] do one or the other by name. Bad input is an error of the
// Chart ([Chart.Err], and every method that draws): it names the field, its
// value and what is allowed.
//
// # What each picture takes
//
// The package imports neither sockets nor capacity. It draws whatever has the
// methods below (input.go), so any type of any package can be drawn:
//
//	AgainstNofile, AgainstAddresses, AgainstSocketMemory,
//	TupleSpace                                             XYer, one per curve
//	Journey                                                Stops
//	Descriptors                                            FDTable
//	Queue                                                  QueueSamples, one per queue
//	Ladder                                                 Segments, perhaps Noted
//	States                                                 StatePath, one or two
//	Window, Sequence                                       WindowSamples, Transfer
//	HeatMap                                                Crowd
//	LimitMap                                               LimitGrid
//	Outcome                                                Draws
//	Odds                                                   Uncertain
//	Tornado                                                Sensitivity
//	AgainstPublished                                       Reports
//	OneSocket                                              Parts
//
// A curve may say more about itself, and is then drawn with more: [Named],
// [Marked], [Binding], [Banded]. Each interface has a ready-made value beside it for callers
// that have no type of their own: [Points], [Path], [Table], [Samples], [Walls],
// [Swings], [Published], [Whole], [Grid], [Outcomes], [Talk], [Way], [Windows],
// [Sent], [Sockets]; [Range] has a band, and [Tuples] is a line of the tuple
// space.
//
// # What a picture carries
//
// The static picture as an <img>, which is there where scripts are not, in an
// untrusted notebook and on paper; the option of the live chart, which takes
// its place in a page that holds the library ([Setup], [Library]), in the
// page's colours, light or dark, and for its width; one paragraph as alternative
// text; the data as a table, folded; and title, summary and a short table as
// text/plain. In a notebook the line that plays the cell again stands beneath it:
// its string names the picture by all that it says. No id, no request, and the same bytes for the same data.
//
// # Why drawing is done by another process
//
// A cell is compiled and linked each time it runs, so what it links is what the
// reader waits for. Measured with a cell that draws one curve (Go 1.26, two
// busy cores, medians of 7 rounds, from source to picture):
//
//	                       go build     compile and link directly    binary
//	fmt only                 267 ms              126 ms               1.6 MB
//	renderer linked in       992 ms              649 ms              11.6 MB
//	helper process           490 ms              399 ms               2.4 MB
//
// So this package links encoding/json and nothing heavier; go-echarts, goja and
// ECharts are in charts/cmd/render. It is built once from the sources beside
// this file into the user's cache ([Prepare], [CacheEnv]), under a name that is
// their hash; one process serves all charts of a cell, for the display pipe takes
// only one sender. Of the 190 to 230 ms that the cell runs, half is goja reading
// ECharts. Without os/exec, encoding/gob and crypto/sha256 the cell is 75 ms
// lighter; a test keeps them out.
//
// # Reading order
//
//	input.go        what can be drawn
//	values.go       the same by value
//	chart.go        a picture: title, summary, text
//	nofile.go addresses.go tuples.go memory.go   the walls, and what is said of them
//	curve.go trend.go plane.go table.go   what they share
//	journey.go descriptors.go queue.go queues.go   three snapshots
//	ladder.go states.go                   a conversation, and the states of its ends
//	window.go sequence.go                 how a sender answers to loss
//	heat.go                               a million values, aggregated into 500 cells
//	limitmap.go limitmap_say.go outcome.go       a map and a distribution
//	rows.go tornado.go walls.go published.go parts.go   four lists along an axis
//	check.go number.go                    bad input, and how numbers are written
//	show.go ask.go helper.go              to the screen, through the helper
//	spec/           what travels to the renderer
//	render/         how it is drawn; cmd/render is the process
//
// # Limitations
//
// A program that also uses GoNB's own display library has two senders on the
// pipe, and the second is lost: use [Display] instead. The static picture is the
// wide one: on a narrow page without the library it is scaled down. Numbers
// between two points of a curve are read on a straight line of the logarithmic
// plane, and said to be "about" that; give the curve a point where it matters.
// A heat map is aggregated (a cell is the mean of equally many neighbours), so
// that a page with a million sockets stays below 60 kB; one socket that stands
// out is named in the summary. A ladder draws at most 40 segments, and says how
// many it leaves out.
package charts
