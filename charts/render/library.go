package render

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Version of ECharts, in the static pictures and in the live charts.
const Version = "5.6.0"

//go:embed asset/echarts.common.min.js.gz
var packed []byte

//go:embed runtime.js
var runtimeJS string

// echarts is the library's source.
var echarts = sync.OnceValues(func() (string, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", fmt.Errorf("unpacking the drawing library: %w", err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		return "", fmt.Errorf("unpacking the drawing library: %w", err)
	}
	return string(b), nil
})

// pageJS is the page's side with the palettes filled in.
func pageJS() string { return strings.ReplaceAll(runtimeJS, "PALETTES", palettes()) }

// shield runs the library where a module loader is about: hidden from it, a
// UMD script sets a global. An echarts of the page's own stays in its place.
func shield(lib string) string {
	return "(function(){var define,module,exports,mine=window.echarts;\n" + lib +
		"\n;window.socketbook=window.socketbook||{};window.socketbook.echarts=window.echarts;" +
		"if(mine)window.echarts=mine;}).call(window);\n"
}

// Library is the script of the live charts, for a page or a book that keeps it
// in a file: load it once.
func Library() (string, error) {
	lib, err := echarts()
	if err != nil {
		return "", err
	}
	return shield(lib) + pageJS(), nil
}

// SetupHTML is the library as a piece of a page: the packed bytes, unpacked in
// the browser. It makes no request, and a second one in the same page does
// nothing.
func SetupHTML() string {
	return `<script>(function(){
var s=window.socketbook=window.socketbook||{};
if(s.loading)return;s.loading=true;
if(!window.DecompressionStream)return;
var b=atob("` + base64.StdEncoding.EncodeToString(packed) + `"),u=new Uint8Array(b.length);
for(var i=0;i<b.length;i++)u[i]=b.charCodeAt(i);
new Response(new Blob([u]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(function(t){
var e=document.createElement("script");
e.textContent="(function(){var define,module,exports,mine=window.echarts;\n"+t+"\n;window.socketbook.echarts=window.echarts;if(mine)window.echarts=mine;}).call(window);";
document.head.appendChild(e);e.remove();
` + pageJS() + `});
})();</script>`
}
