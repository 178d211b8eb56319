// Package greet is for a cell to import.
package greet

// Word is what Hello says.
const Word = "hello"

// Hello greets.
func Hello(name string) string { return Word + ", " + name }
