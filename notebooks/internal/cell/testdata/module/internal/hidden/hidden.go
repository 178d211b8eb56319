// Package hidden is for the module alone.
package hidden

// N is a number.
const N = 1
