package grade

import (
	"encoding/csv"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Write puts the report into a folder: index.html for the class, a page for each
// student, exercises.csv with a line for each exercise, students.csv with one for
// each student. It returns the names of the files.
func (c *Class) Write(dir string) ([]string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var files []string
	create := func(name string, write func(*os.File) error) error {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		files = append(files, name)
		if err := write(f); err != nil {
			f.Close()
			return fmt.Errorf("%s: %w", name, err)
		}
		return f.Close()
	}
	if err := create("index.html", func(f *os.File) error { return pages.ExecuteTemplate(f, "class", c) }); err != nil {
		return files, err
	}
	for i, s := range c.Students {
		if err := create(page(i), func(f *os.File) error { return pages.ExecuteTemplate(f, "student", s) }); err != nil {
			return files, err
		}
	}
	if err := create("exercises.csv", c.writeExercises); err != nil {
		return files, err
	}
	return files, create("students.csv", c.writeStudents)
}

// page is the name of a student's page: their own name may hold anything.
func page(i int) string { return fmt.Sprintf("student-%03d.html", i+1) }

// Count is how many of a class solved an exercise, and how many handed it in.
type Count struct {
	Lesson             string
	Number, Solved, Of int
}

// Counts are those of all exercises, in order.
func (c *Class) Counts() (list []Count) {
	at := map[string]int{}
	for _, name := range c.Lessons {
		for _, s := range c.Students {
			for _, l := range s.Lessons {
				if l.Name != name {
					continue
				}
				for _, e := range l.Exercises {
					key := fmt.Sprint(name, e.Number)
					i, ok := at[key]
					if !ok {
						i = len(list)
						at[key] = i
						list = append(list, Count{Lesson: name, Number: e.Number})
					}
					if list[i].Of++; e.State == Solved {
						list[i].Solved++
					}
				}
			}
		}
	}
	return list
}

func (c *Class) writeExercises(f *os.File) error {
	w := csv.NewWriter(f)
	rows := [][]string{{"student", "lesson", "file", "id", "exercise", "state", "text"}}
	for _, s := range c.Students {
		for _, l := range s.Lessons {
			for _, e := range l.Exercises {
				rows = append(rows, []string{plain(s.Name), plain(l.Name), plain(l.File), plain(l.ID), strconv.Itoa(e.Number), e.State, plain(e.Text)})
			}
		}
	}
	return w.WriteAll(rows)
}

func (c *Class) writeStudents(f *os.File) error {
	w := csv.NewWriter(f)
	rows := [][]string{{"student", "notebooks", "solved", "exercises"}}
	for _, s := range c.Students {
		rows = append(rows, []string{plain(s.Name), strconv.Itoa(len(s.Lessons)), strconv.Itoa(s.Solved()), strconv.Itoa(s.Of())})
	}
	return w.WriteAll(rows)
}

// plain keeps a spreadsheet from taking a text for a formula.
func plain(text string) string {
	if text != "" && strings.ContainsAny(text[:1], "=+-@\t\r") {
		return "'" + text
	}
	return text
}

var pages = template.Must(template.New("").Funcs(template.FuncMap{"page": page}).Parse(`
{{define "head"}}<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{.}}</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 2rem 0; }
caption { text-align: left; font-weight: bold; font-size: 1.25rem; padding: .3rem .6rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; padding: .5rem; border: 1px solid; }
</style>
</head>
<body>{{end}}
{{define "class"}}{{template "head" "The class"}}
<h1>The class</h1>
<p>{{.Jail}}</p>
<table>
<caption>Students</caption>
<thead><tr><th scope="col">Student</th><th scope="col" class="n">Notebooks</th><th scope="col" class="n">Solved</th><th scope="col" class="n">Exercises</th></tr></thead>
<tbody>
{{range $i, $s := .Students}}<tr><th scope="row"><a href="{{page $i}}">{{.Name}}</a></th><td class="n">{{len .Lessons}}</td><td class="n">{{.Solved}}</td><td class="n">{{.Of}}</td></tr>
{{end}}</tbody>
</table>
<table>
<caption>Exercises</caption>
<thead><tr><th scope="col">Lesson</th><th scope="col" class="n">Exercise</th><th scope="col" class="n">Solved by</th><th scope="col" class="n">Of</th></tr></thead>
<tbody>
{{range .Counts}}<tr><th scope="row">{{.Lesson}}</th><td class="n">{{.Number}}</td><td class="n">{{.Solved}}</td><td class="n">{{.Of}}</td></tr>
{{end}}</tbody>
</table>
{{with .Notes}}<h2>Left out</h2>
<ul>
{{range .}}<li>{{.}}</li>
{{end}}</ul>{{end}}
</body>
</html>
{{end}}
{{define "student"}}{{template "head" .Name}}
<h1>{{.Name}}</h1>
<p>{{.Solved}} of {{.Of}} exercises solved.</p>
{{range .Lessons}}<h2>{{.Name}}</h2>
<p>{{.File}}{{with .ID}}, with the variants of “{{.}}”{{end}}: {{.Solved}} of {{len .Exercises}} solved.</p>
{{range .Exercises}}<h3>Exercise {{.Number}}: {{.State}}</h3>
{{with .Text}}<p>{{.}}</p>{{end}}
{{with .Answer}}<pre tabindex="0"><code>{{.}}</code></pre>{{end}}
{{end}}{{end}}
</body>
</html>
{{end}}
`))
