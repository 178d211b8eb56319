// Package render draws a [spec.Figure]: go-echarts makes the option, goja runs
// ECharts on it for the static picture, and both go into one <figure> that
// every page can show.
//
// # How a chart travels
//
// The figure holds the picture as <img> with a data: URL, the option as JSON,
// a few lines of script, and the data as a table. Where scripts are off, where
// a notebook is not trusted, on paper and in a code host's preview, the
// picture is there; in a page that holds the library ([Library]) the script
// replaces it by the live chart. Static and live come from the same option and
// the same version of ECharts.
//
// # Which build of ECharts, and why
//
// ECharts 5.6.0, dist/echarts.common.min.js, unmodified: 664 kB, 219 kB packed.
// The full build is 1,034 kB, 334 kB packed, and takes goja twice as long to
// read (0.3 s against 0.15 s); the simple one (470 kB, 155 kB) lacks scatter,
// marks and graphics. A build of our own with the parts we use came out at 587
// kB, 197 kB packed: a tenth smaller is not worth a file that cannot be held
// against the published one. 5.6.0 is the last of the line go-echarts 2.6.7
// writes options for.
//
// # Reading order
//
// render.go (what comes out), theme.go (colours), text.go (widths), plane.go
// and place.go (curves and where their labels go), journey.go, descriptors.go,
// rows.go, region.go, scene.go (shapes at fixed pixels), ladder.go, states.go,
// heat.go, option.go (go-echarts and what it lacks), svg.go (goja), figure.go (the
// <figure>), library.go and runtime.js (the page's side).
package render
