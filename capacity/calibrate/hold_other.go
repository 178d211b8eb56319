//go:build !linux

package calibrate

import "context"

const canMeasure = false

func hold(context.Context, string, []int, func(int)) error { return ErrNotLinux }
