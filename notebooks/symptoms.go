package main

import (
	"context"
	"fmt"
	"strings"

	"socketbook/notebooks/symptoms"
)

var symptomsVerb = verb{
	name:  "symptoms",
	args:  "[NAME]",
	short: "look up an errno, a counter or a state, and make it happen",
	long: `Prints what an errno, a counter of nstat or ethtool, or a state of ss means, what
moves it, and what that costs; and makes it happen on a simulated host. Without
a name it lists them all. For instance: symptoms EMFILE, symptoms ListenOverflows,
symptoms close-wait.`,
	run: showSymptom,
}

func showSymptom(_ context.Context, c *command) error {
	if err := c.parse(-1); err != nil {
		return err
	}
	if len(c.args) == 0 {
		listSymptoms(c)
		return nil
	}
	name := strings.Join(c.args, " ") // patterns have blanks in them
	e, ok := symptoms.Find(name)
	if !ok {
		return fmt.Errorf("no symptom is called %q; %s(%w)", name, nearSymptoms(name), errUsage)
	}
	fmt.Fprint(c.stdout, e)
	if e.Silent != "" {
		return nil
	}
	r, err := e.Run()
	if err != nil {
		r.Close()
		return err
	}
	defer r.Close()
	fmt.Fprintln(c.stdout, "\nOn a simulated host")
	for line := range strings.Lines(r.Shows(e)) {
		fmt.Fprint(c.stdout, "  ", line)
	}
	return nil
}

// nearSymptoms are names that hold what was asked for.
func nearSymptoms(name string) string {
	var near []string
	for _, e := range symptoms.All() {
		for _, n := range e.Names {
			if strings.Contains(strings.ToLower(n), strings.ToLower(name)) && len(near) < 8 {
				near = append(near, n)
			}
		}
	}
	if len(near) == 0 {
		return "the verb alone lists all "
	}
	return "there are " + strings.Join(near, ", ") + " "
}

// listSymptoms prints the names, kind by kind.
func listSymptoms(c *command) {
	last := symptoms.Kind(255)
	for _, e := range symptoms.All() {
		if e.Kind != last {
			fmt.Fprintf(c.stdout, "%s:\n", e.Kind)
			last = e.Kind
		}
		fmt.Fprintf(c.stdout, "  %s\n", strings.Join(e.Names, ", "))
	}
}
