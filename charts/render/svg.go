package render

import (
	"fmt"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// compiled is ECharts as goja's program: read once a process, 0.1 s.
var compiled = sync.OnceValues(func() (*goja.Program, error) {
	src, err := echarts()
	if err != nil {
		return nil, err
	}
	return goja.Compile("echarts.common.min.js", src, false)
})

// svg draws an option as a static SVG. Each picture has a virtual machine of
// its own: class names in the output count on within one.
func svg(option string, width, height int) (string, error) {
	prog, err := compiled()
	if err != nil {
		return "", fmt.Errorf("reading the drawing library: %w", err)
	}
	vm := goja.New()
	vm.Set("self", vm.GlobalObject())
	vm.Set("OPTION", option)
	vm.Set("W", width)
	vm.Set("H", height)
	// Nothing is animated, so nothing waits for a timer.
	if _, err := vm.RunString("var setTimeout=function(){return 0},clearTimeout=function(){};"); err != nil {
		return "", err
	}
	if _, err := vm.RunProgram(prog); err != nil {
		return "", fmt.Errorf("loading the drawing library: %w", err)
	}
	v, err := vm.RunString(`(function () {
		var c = echarts.init(null, null, {renderer: "svg", ssr: true, width: W, height: H});
		c.setOption(JSON.parse(OPTION));
		var s = c.renderToSVGString();
		c.dispose();
		return s;
	})()`)
	if err != nil {
		return "", fmt.Errorf("drawing the picture: %w", err)
	}
	return static(v.String()), nil
}

// static cuts the style sheet that ECharts adds for hovering: an <img> cannot
// be hovered.
func static(s string) string {
	for {
		i := strings.Index(s, "<style")
		if i < 0 {
			return s
		}
		j := strings.Index(s[i:], "</style>")
		if j < 0 {
			return s[:i] + "</svg>"
		}
		s = s[:i] + s[i+j+len("</style>"):]
	}
}
