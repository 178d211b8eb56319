// Command generate writes the list of claims as a page.
package main

import (
	"flag"
	"log"
	"os"

	"socketbook/notebooks/claims"
)

func main() {
	log.SetFlags(0)
	out := flag.String("o", "claims.md", "the file to write")
	flag.Parse()
	if err := os.WriteFile(*out, []byte(claims.Markdown()), 0o644); err != nil {
		log.Fatal(err)
	}
}
