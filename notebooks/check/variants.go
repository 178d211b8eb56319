package check

// Ports and addends of the servers. No port of them is 8080, so that what was written
// for the lesson's text is not a student's own.
var (
	ports   = [2]int{8090, 9980}
	addends = [2]int{1, 20}
)

const echoSays = "port %d, and each byte comes back with %s added to it"

// variants are all exercises, by the names of their checks; lesson 12's are in package
// clinic. A test walks the lessons and misses the exercises that are not here.
var variants = map[string]variant{
	// Lesson 1.
	"CountSockets": {says: "%s clients at one door and %s at the other", sets: [][]int{{250, 40}}, ranges: [][2]int{{100, 480}, {20, 90}}},
	"Beside":       {shows: besideShows, sets: [][]int{{0, 40_000}}, ranges: [][2]int{{1, 719}, {40_010, 49_990}}},
	"FindDoor": {says: "somebody listens at %s of the addresses; the %n of them, in the order of the street, is asked for", sets: [][]int{{1, 1}},
		ranges: [][2]int{{5, 6}, {2, 5}}, names: []string{"", "myDoor"}},
	// Lesson 2.
	"ClaimPort": {says: "port %d, with a backlog of %s", sets: [][]int{{8080, 5}}, ranges: [][2]int{ports, {6, 60}}, names: []string{"myPort", "myBacklog"}},
	"Restart":   {says: "port %d", sets: [][]int{{8080}}, ranges: [][2]int{ports}, names: []string{"myPort"}},
	"Numbers":   {says: "%s clients are accepted, then number %s of them is closed", sets: [][]int{{3, 2}}, ranges: [][2]int{{4, 9}, {2, 4}}},
	"EchoServer": {says: echoSays, sets: [][]int{{8080, 0}}, ranges: [][2]int{ports, addends},
		names: []string{"myPort", "myPlus"}},
	// Lesson 3.
	"Backlog": {says: "%s clients", sets: [][]int{{200}}, ranges: [][2]int{{110, 190}}},
	"LastIn":  {says: "%s clients, a listener with backlog %s, and nobody accepts before %s ms", sets: [][]int{{25, 9, 1500}, {30, 12, 2500}, {40, 15, 1500}, {25, 7, 3500}, {20, 9, 2500}}},
	"RoomFor300": {says: "port %d, and %s clients", sets: [][]int{{8080, 300}}, ranges: [][2]int{ports, {301, 900}},
		names: []string{"myPort", "myBurst"}},
	"Counters":  {shows: countersShow, sets: [][]int{{0, 50}}, ranges: [][2]int{{1, 23}, {51, 90}}},
	"AskServer": {says: "the server wants one byte of the value %s before the question, and answers the question alone", sets: [][]int{{0}}, ranges: [][2]int{{1, 31}}, names: []string{"myGreeting"}},
	// Lesson 4.
	"Readable": {shows: readableShows, sets: [][]int{{0}}, ranges: [][2]int{{1, 362_879}}},
	"Drain": {says: "no more than %s bytes at a time, so that others get their turn: what is beyond stays unread", sets: [][]int{{1 << 30}},
		ranges: [][2]int{{4200, 9900}}, names: []string{"myMost"}},
	"DialTimeout": {says: "the connection is to come from port %d of the client", sets: [][]int{{0}}, ranges: [][2]int{{20_000, 31_900}}, names: []string{"myOwnPort"}},
	"EventServer": {says: echoSays, sets: [][]int{{8080, 0}}, ranges: [][2]int{ports, addends}, names: []string{"myPort", "myPlus"}},
	// Lesson 5.
	"ReadAll": {says: "the first %s bytes are a header, and only what follows is asked for", sets: [][]int{{0}}, ranges: [][2]int{{3, 400}}, names: []string{"myHeader"}},
	"Copied":  {says: "%s bytes are sent, and read once with a buffer of %s", sets: [][]int{{16_000, 1000}}, ranges: [][2]int{{10_000, 20_000}, {500, 3000}}},
	"HangUp": {says: "the client has sent %s bytes, and waits for the letter %c before the end", sets: [][]int{{10, 0}}, ranges: [][2]int{{20, 3000}, {'a', 'z'}},
		names: []string{"myBytes", "myFarewell"}},
	"SmallRing": {says: "a ring of %s frames, at most %s interrupts, %s datagrams", sets: [][]int{{16, 60, 200}, {32, 40, 200}, {16, 60, 300}, {32, 30, 250}}},
	"LengthServer": {says: "port %d, and the answer is how often the letter %c is among the bytes", sets: [][]int{{8080, 0}, {8181, 'e'}, {8282, 'a'}, {8383, 'i'}, {8484, 'r'}, {8585, 's'}, {8686, 't'}, {8787, 'e'}, {8888, 'r'}, {8989, 's'}},
		names: []string{"myPort", "myLetter"}},
	// Lesson 6.
	"Tries":   {says: "%s seconds", sets: [][]int{{10}}, ranges: [][2]int{{2, 60}}},
	"Forge":   {shows: forgeShows, sets: [][]int{{10, 0, 0}}, ranges: [][2]int{{11, 98}, {0, 5}, {1, 13}}},
	"Persist": {says: "to the first %s copies that come the server answers `wait`, and to later ones `got %d`; only that counts", sets: [][]int{{0, 0}}, ranges: [][2]int{{2, 5}, {10, 99}}, names: []string{"", "myAnswer"}, literals: persistLiterals},
	"BadLuck": {says: "%s bytes, with the same loss", sets: [][]int{{20_000}}, ranges: [][2]int{{20_100, 40_000}}},
	// Lesson 7.
	"Nofile":        {says: "%s clients", sets: [][]int{{10_000}}, ranges: [][2]int{{5_000, 9_990}}},
	"NoLeak":        {shows: noLeakShows, sets: [][]int{{0}}, ranges: [][2]int{{1, len(goodWords) - 1}}, names: []string{"myAnswer"}, literals: noLeakLiterals},
	"Calm":          {says: "after a failure a pause of %s ms, no shorter and no longer", sets: [][]int{{0}}, ranges: [][2]int{{2, 9}}, names: []string{"myPause"}},
	"Machine":       {says: "%s connections", sets: [][]int{{50_000}}, ranges: [][2]int{{35_000, 49_900}}},
	"CrampedServer": {says: echoSays, sets: [][]int{{8080, 0}}, ranges: [][2]int{ports, addends}, names: []string{"myPort", "myPlus"}},
	// Lesson 8.
	"ClientAddrs": {says: "%s connections", sets: [][]int{{60_000}}, ranges: [][2]int{{30_000, 84_000}}},
	"OnePort":     {says: "both come from port %d", sets: [][]int{{40_000}}, ranges: [][2]int{{20_000, 31_900}}, names: []string{"mySource"}},
	"ProxyRate":   {says: "%s backends", sets: [][]int{{3}}, ranges: [][2]int{{4, 20}}},
	"Knob":        {shows: knobShows, sets: [][]int{{0}, {1}, {2}, {3}}},
	// Lesson 9.
	"NeedRAM":    {says: "%s connections", sets: [][]int{{1_000_000}}, ranges: [][2]int{{300_000, 3_000_000}}},
	"FirstWalls": {shows: firstWallsShow, sets: [][]int{{0}}, ranges: [][2]int{{1, 362_879}}},
	"AppBudget":  {says: "%s connections in 16 GB", sets: [][]int{{2_000_000}}, ranges: [][2]int{{800_000, 2_500_000}}},
	"SlowReader": {says: "a client that takes nothing is given up after %s seconds, no earlier and no later", sets: [][]int{{5}}, ranges: [][2]int{{6, 15}}, names: []string{"mySeconds"}},
	// Lesson 10.
	"TenMillion": {says: "%s connections", sets: [][]int{{10_000_000}}, ranges: [][2]int{{2_000_000, 30_000_000}}},
	"Filter":     {says: "clients in 10.%s.0.0/24", sets: [][]int{{1}}, ranges: [][2]int{{2, 250}}},
	"Tidy":       {says: "no more than %s of them at a time, those that stand first in fds; your function is called again for the rest", sets: [][]int{{1 << 30}}, ranges: [][2]int{{7, 30}}, names: []string{"myMost"}},
	// Lesson 11.
	"Tracked": {says: "visitors that stay for %s seconds", sets: [][]int{{30}, {20}, {40}, {60}}},
	"Proxy":   {says: "%s clients", sets: [][]int{{150_000}}, ranges: [][2]int{{60_000, 400_000}}},
	"Walls":   {says: "%s GiB of memory, clients from %s addresses, %s kB of the program for each", sets: [][]int{{8, 500, 20}, {64, 30, 20}, {8, 60, 4}, {16, 40, 12}, {2, 20, 30}}},
	"Thrifty": {says: "%s connections", sets: [][]int{{100_000}}, ranges: [][2]int{{70_000, 99_900}}},
}
