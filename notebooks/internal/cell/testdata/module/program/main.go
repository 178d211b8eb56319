// A program, which no cell can import.
package main

func main() {}
