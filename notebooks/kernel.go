package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"socketbook/notebooks/internal/kernel"
	"socketbook/notebooks/internal/setup"
)

var kernelVerb = verb{
	name:  "kernel",
	args:  "[-root DIR] CONNECTION_FILE",
	short: "be the bundled kernel; Jupyter calls this",
	long: `Runs the bundled Go kernel on a connection file. Jupyter calls it, through the
kernelspec that the first start wrote; nobody else has to.`,
	run: serveKernel,
}

func serveKernel(ctx context.Context, c *command) error {
	root := c.flags.String("root", "", "`DIR` of the module that cells import (default: the one around the notebook)")
	if err := c.parse(1); err != nil {
		return err
	}
	if len(c.args) == 0 {
		return fmt.Errorf("kernel wants a connection file (%w)", errUsage)
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if *root == "" {
		if *root, err = setup.ModuleRoot(dir); err != nil {
			return err
		}
	}
	gopls, _ := exec.LookPath("gopls") // without it the type checker alone completes
	// Here ^C means "interrupt the cell": the kernel sees to signals itself.
	return kernel.Serve(context.WithoutCancel(ctx), c.args[0], kernel.Options{
		Module: *root, Dir: dir, Standalone: true, Warm: true, Gopls: gopls, Log: os.Stderr,
	})
}
