// Package clinic is the ward of lesson 12: servers that are ill, as an operator sees
// them.
//
// A [Patient] is a run of the simulated network with something wrong in it. Its
// windows are those of a real machine: ss, nstat, strace, tcpdump, ethtool. Who has
// made a diagnosis may see the cause, what helps, what that costs, and the same run
// with the cure.
//
//	fmt.Print(clinic.Bed(3).Windows())
//	clinic.Bed(3).Reveal(guess)
//
// The same bed and the same seed give the same windows, byte for byte. [Emergency]
// fills the beds anew for a student's id: other patients, in another order, with
// other numbers.
//
// # Reading order
//
//	patient.go   a patient, and how it is shown
//	room.go      the stage: two hosts and a wire, and the windows
//	ward.go      who lies in which bed
//	door.go      patients who cannot be reached
//	queue.go     patients with a crowd before the door
//	slow.go      patients who answer late
//	broken.go    patients whose conversations break
//	silent.go    patients who hear nothing
//	emergency.go other patients, for an exercise
//	variants.go  what differs from student to student in the others
package clinic
