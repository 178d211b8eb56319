// Package broken does not compile.
package broken

// N is no number.
var N int = "not a number"
