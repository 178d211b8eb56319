// Package browser holds two tests that look at the book as a reader does, in a
// headless Chromium: the exported pages opened from files with every host name
// refused, and JupyterLab driven through lesson 01. They take a browser, Python
// and, the first time, a network; so they run only when asked for:
//
//	SOCKETBOOK_BROWSER=1 go test ./notebooks/internal/browser
//
// SOCKETBOOK_SHOTS names a folder for screenshots to look at.
package browser
