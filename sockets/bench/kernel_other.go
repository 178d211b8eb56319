//go:build !linux

package main

func kernelHold(int) (figures, error) { return figures{Note: errNotHere.Error()}, nil }

func kernelTrips(int) (float64, error) { return 0, errNotHere }

func kernelBulk(int) (float64, error) { return 0, errNotHere }
