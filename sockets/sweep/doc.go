// Package sweep runs many simulations: other seeds, another value of a limit,
// a list of replay strings. One run is one goroutine's and knows of no other,
// so all cores of a machine work, and with a list of strings all machines.
//
//	times, err := sweep.Run(ctx, sweep.Seeds(1, 200), func(ctx context.Context, seed uint64) (float64, error) {
//		lab := sockets.NewNetwork(sockets.Seed(seed), sockets.StopWhen(ctx.Err))
//		defer lab.Close()
//		…
//	}, sweep.Options{Progress: os.Stderr})
//
// The results stand in the order of the inputs, and so does the error: whatever
// ends first, the sweep gives the same answer.
//
//	Run        inputs in, results out, in order       sweep.go
//	Seeds      neighbouring seeds as inputs           sweep.go
//	Available  how much memory the machine can give   memory.go
//	Main       a sweep as a program                   program.go
//
// # Past one machine
//
// A run that a string describes can run anywhere. [Main] makes a program of a
// sweep that any job runner can take apart. Here the runner is GNU parallel
// (package parallel of Debian). The program's three ways
//
//	./sweep                                           all runs, on this machine's cores
//	./sweep -list | parallel --keep-order ./sweep -run {}
//	./sweep -list | parallel --keep-order --sshloginfile hosts --transferfile sweep ./sweep -run {}
//
// print the same bytes. A runner that only counts gives the number instead: an
// indexed job of Kubernetes runs
//
//	./sweep -index $JOB_COMPLETION_INDEX
//
// and an array job of Slurm, sbatch --array=0-199, runs ./sweep -index
// $SLURM_ARRAY_TASK_ID.
package sweep
