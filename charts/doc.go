// Package charts draws the pictures of the book. A picture is a sentence with
// units: its title states the finding, its axes say quantity and unit, and the
// numbers of the running example are marked in place.
//
// A cell is one line:
//
//	charts.Setup()                         // once a notebook: the live library
//	charts.AgainstNofile(curve).Show()     // connections against ulimit -n
//	charts.AgainstAddresses(a, b).Show()   // connections against client addresses
//	charts.AgainstSocketMemory(c).Show()   // connections against bytes per socket
//	charts.Journey(path).Show()            // a packet, station by station
//	charts.Descriptors(table).Show()       // the descriptor table of a process
//	charts.Queue(samples).Show()           // a queue over virtual time, with drops
//
// # What each picture takes
//
// The package imports neither sockets nor capacity. It draws whatever has the
// methods below (input.go), so any type of any package can be drawn:
//
//	AgainstNofile, AgainstAddresses, AgainstSocketMemory   XYer, one per curve
//	Journey                                                Stops
//	Descriptors                                            FDTable
//	Queue                                                  QueueSamples
//
// A curve may say more about itself, and is then drawn with more: [Named],
// [Marked], [Binding]. [Points], [Path], [Table] and [Samples] are ready-made
// values for callers that have no type of their own.
package charts
