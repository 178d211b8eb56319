package sweep_test

import (
	"context"
	"fmt"

	"socketbook/sockets"
	"socketbook/sockets/sweep"
)

// How many of 50 clients who come within a millisecond get a place in the accept
// queue, if nobody accepts? One run for each backlog, on all cores.
func ExampleRun() {
	backlogs := []int{8, 16, 32, 64}
	queued, err := sweep.Run(context.Background(), backlogs, func(ctx context.Context, backlog int) (int, error) {
		lab := sockets.NewNetwork(sockets.Seed(1), sockets.StopWhen(ctx.Err))
		server, client := lab.NewHost("server", sockets.Limits{}), lab.NewHost("client", sockets.Limits{})
		lab.NewLink(client, server, sockets.LAN)
		if _, err := server.NewProcess("server").ListenOn(sockets.Any(80), backlog); err != nil {
			return 0, err
		}
		client.NewLoad(server.Addr(80), sockets.LoadOptions{Clients: 50, Within: 1e6})
		err := lab.RunFor(1e8)
		return server.Sockets().In(sockets.Listen)[0].RecvQ, err
	}, sweep.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, n := range queued {
		fmt.Printf("backlog %d: %d of 50 wait\n", backlogs[i], n)
	}
	// Output:
	// backlog 8: 9 of 50 wait
	// backlog 16: 17 of 50 wait
	// backlog 32: 33 of 50 wait
	// backlog 64: 50 of 50 wait
}
