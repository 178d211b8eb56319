package main

import (
	"context"
	"fmt"
	"unicode"

	exercises "socketbook/notebooks/check"
	"socketbook/notebooks/clinic"
)

var keyVerb = verb{
	name:  "key",
	args:  "[-student ID]",
	short: "print the answers to the exercises, for an instructor",
	long: `Prints the answers to the exercises of every lesson, with a program where one
is asked for. With an id they are those of that student, who has written
check.Student("ID") in the notebook and so has a variant of their own of each.`,
	run: key,
}

// mostID is how long a student's id may be.
const mostID = 100

func key(ctx context.Context, c *command) error {
	id := c.flags.String("student", "", "`ID` of the student; without one, the exercises of the lessons' text")
	if err := c.parse(0); err != nil {
		return err
	}
	for i, r := range *id {
		if i >= mostID || !unicode.IsPrint(r) {
			return fmt.Errorf("-student is %q, allowed are up to %d printable characters (%w)", *id, mostID, errUsage)
		}
	}
	if err := exercises.Key(c.stdout, *id); err != nil {
		return err
	}
	return clinic.Key(c.stdout, *id)
}
